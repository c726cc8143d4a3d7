// Writing a message, choosing a command, asking the bot inline.

import { InlinePanel } from "./inline.js";

const byId = (id) => document.getElementById(id);

export class Composer {
  // `onSay(text, about)`: `about` is {kind, message} where a text answers or changes one.
  // `inline` are the deeds of the InlinePanel: ask, onSend, onButton.
  constructor({ onSay, onWide, inline }) {
    this.text = byId("text");
    this.list = byId("commands");
    this.commands = [];
    this.shown = [];
    this.at = 0;
    this.drafts = new Map();
    this.about = null;
    this.onSay = onSay;
    this.inline = new InlinePanel({
      ask: inline.ask,
      onSend: (query, result) => {
        this.empty();
        inline.onSend(query, result);
      },
      onButton: (start) => {
        this.empty();
        inline.onButton(start);
      },
      onDraw: () => this.describe(),
    });
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("blur", () => setTimeout(() => this.hide(), 150));
    byId("slash").onclick = () => this.toggle();
    byId("wide").onclick = () => onWide();
    byId("about-cancel").onclick = () => this.drop();
    this.changed();
  }

  // Shows what can be done in this chat: write, press one wide button, or only read.
  draw(who, chat, bot) {
    this.bot = chat.mode === "write" ? bot : null;
    if (this.who !== who) {
      this.inline.reset();
      if (this.about?.kind === "edit") this.text.value = "";
      this.forget();
      if (this.who) this.drafts.set(this.who, this.text.value);
      this.who = who;
      this.text.value = this.drafts.get(who) || "";
      this.hide();
    }
    this.commands = chat.commands;
    this.suffix = chat.suffix; // says in a group which bot is meant
    byId("foot").hidden = false;
    byId("composer").hidden = chat.mode !== "write";
    byId("wide").hidden = !["start", "unblock"].includes(chat.mode);
    byId("wide").textContent = chat.mode === "unblock" ? "Unblock the bot" : "Start";
    byId("notice").hidden = chat.mode !== "read";
    byId("notice").textContent = chat.notice;
    byId("slash").hidden = !chat.commands.length;
    this.changed({ keepsMenu: true });
  }

  // Leaves a text for when another chat is opened.
  draft(who, text) {
    if (who === this.who) this.write(text);
    else this.drafts.set(who, text);
  }

  empty() {
    this.text.value = "";
    this.drafts.delete(this.who);
    this.changed();
    this.text.focus();
  }

  write(text) {
    this.text.value = text;
    this.text.focus();
    this.changed();
  }

  send() {
    const text = this.text.value.trim();
    if (!text) return;
    const about = this.about;
    this.forget();
    this.empty();
    this.onSay(text, about);
  }

  // What is written next answers a message ("reply") or takes its place ("edit").
  begin(kind, { message, text, line }) {
    this.about = { kind, message };
    byId("about").hidden = false;
    byId("about-title").textContent = kind === "edit" ? "Edit" : "Reply";
    byId("about-line").textContent = line;
    if (kind === "edit") this.write(text);
    else this.text.focus();
  }

  drop() {
    if (this.about?.kind === "edit") this.text.value = "";
    this.forget();
    this.changed();
    this.text.focus();
  }

  forget() {
    this.about = null;
    byId("about").hidden = true;
  }

  changed({ keepsMenu = false } = {}) {
    byId("send").disabled = !this.text.value.trim();
    // `field-sizing: content` does this where a browser knows it.
    if (!CSS.supports("field-sizing", "content")) {
      this.text.style.height = "auto";
      this.text.style.height = `${this.text.scrollHeight}px`;
    }
    if (this.inline.typed(this.text.value, this.bot)) this.hide();
    if (keepsMenu && this.list.hidden) return;
    const typed = /^\/([a-z0-9_]*)$/i.exec(this.text.value);
    if (typed) this.suggest(typed[1].toLowerCase());
    else if (!keepsMenu) this.hide();
  }

  suggest(start) {
    this.shown = this.commands.filter(({ command }) => command.startsWith(start));
    this.at = Math.min(this.at, Math.max(0, this.shown.length - 1));
    if (!this.shown.length) {
      this.hide();
      return;
    }
    this.list.replaceChildren(
      ...this.shown.map(({ command, description }, index) => {
        const item = document.createElement("li");
        item.id = `command-${index}`;
        item.role = "option";
        const name = document.createElement("b");
        name.textContent = `/${command}`;
        const said = document.createElement("span");
        said.dir = "auto";
        said.textContent = description;
        item.append(name, said);
        item.onpointerdown = (event) => event.preventDefault(); // keeps the text field focused
        item.onclick = () => this.choose(index);
        return item;
      }),
    );
    this.list.hidden = false;
    byId("slash").setAttribute("aria-expanded", "true");
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) item.scrollIntoView({ block: "nearest" });
    });
    this.describe();
  }

  hide() {
    this.list.hidden = true;
    this.at = 0;
    this.describe();
    byId("slash").setAttribute("aria-expanded", "false");
  }

  // Names to a screen reader the line that Enter would choose.
  describe() {
    const line = this.inline.isOpen && this.inline.results.length ? `inline-${this.inline.at}` : null;
    const id = this.list.hidden ? line : `command-${this.at}`;
    if (id) this.text.setAttribute("aria-activedescendant", id);
    else this.text.removeAttribute("aria-activedescendant");
  }

  toggle() {
    if (this.list.hidden) {
      this.text.focus();
      this.suggest("");
    } else {
      this.hide();
    }
  }

  choose(index) {
    const { command } = this.shown[index];
    this.hide();
    this.text.value = `/${command}${this.suffix}`;
    this.send();
  }

  pressed(event) {
    if (event.isComposing) return;
    if (!this.list.hidden && this.pressedInList(event)) {
      event.preventDefault();
      return;
    }
    if (!event.shiftKey && this.inline.pressed(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      this.describe();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.about) {
      this.drop();
    }
  }

  // Returns whether the key meant the list.
  pressedInList(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.shown.length) % this.shown.length;
      this.mark();
      return true;
    }
    if (event.key === "Enter") {
      this.choose(this.at);
      return true;
    }
    if (event.key === "Tab") {
      this.write(`/${this.shown[this.at].command} `);
      return true;
    }
    if (event.key === "Escape") {
      this.hide();
      return true;
    }
    return false;
  }
}
