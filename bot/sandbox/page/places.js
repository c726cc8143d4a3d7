// Newcomers and new chats, who is in a chat, its topics, and how the bot is added by a link.

import { openMenu, pick, toast } from "./dialogs.js";
import { chatLine, drawAvatar } from "./list.js";

const byId = (id) => document.getElementById(id);

// What Telegram's apps are spoken in; the names come from the browser.
const LANGUAGES = (
  "en ar de es fa fr he hi id it ja ko nl pl pt pt-br ru sv th tr uk ur uz vi zh-hans zh-hant"
).split(" ");
const SECURE = "https:"; // what people leave out
const NAMES = new Intl.DisplayNames(["en"], { type: "language" });
const TITLES = { person: "New person", group: "New group", channel: "New channel" };
const PLACES = [
  ["Lisbon", 38.72, -9.14], ["London", 51.51, -0.13], ["Lagos", 6.52, 3.38],
  ["Cairo", 30.04, 31.24], ["Tehran", 35.69, 51.39], ["Kathmandu", 27.72, 85.32],
  ["Tokyo", 35.68, 139.69], ["Sydney", -33.87, 151.21], ["São Paulo", -23.55, -46.63],
  ["New York", 40.71, -74.01], ["Los Angeles", 34.05, -118.24],
];

export class Places {
  // `deeds` are act(action, body), enter(chat, topic), become(person), follow(href), snapshot().
  constructor(deeds) {
    this.deeds = deeds;
    this.kind = "person";
    byId("new").onclick = () => openMenu(byId("new"), [
      ...Object.entries(TITLES).map(([kind, title]) => [title, () => this.open(kind)]),
      ["Open a link", () => this.openLink()],
    ]);
    byId("founding-language").append(...LANGUAGES.map((code) => new Option(NAMES.of(code), code)));
    byId("founding-form").onsubmit = (event) => this.submit(event, () => this.found());
    byId("place-form").onsubmit = (event) => this.submit(event, () => this.sendPlace());
    byId("topic-form").onsubmit = (event) => this.submit(event, () => this.openTopic());
    byId("link-form").onsubmit = (event) => this.submit(event, () => this.followLink());
    for (const name of ["founding", "place", "topic-dialog", "link-dialog"]) {
      const dialog = byId(name);
      dialog.querySelector("[data-cancel]").onclick = () => dialog.close();
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it
    }
    const known = byId("place-known");
    known.append(...PLACES.map(([name], index) => new Option(name, index)), new Option("Another place", ""));
    known.onchange = () => this.fillPlace();
  }

  submit(event, deed) {
    event.preventDefault();
    event.target.closest("dialog").close();
    deed();
  }

  open(kind) {
    this.kind = kind;
    byId("founding-title").textContent = TITLES[kind];
    for (const part of byId("founding-form").querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").includes(kind);
    }
    byId("founding-form").reset();
    const { people, me } = this.deeds.snapshot();
    const others = people.filter(({ id }) => id !== me);
    byId("founding-members").replaceChildren(...others.map(checkbox));
    byId("founding-members").parentElement.hidden ||= !others.length;
    byId("founding").showModal();
    byId("founding-name").focus();
  }

  async found() {
    const name = byId("founding-name").value;
    if (this.kind === "person") {
      const made = await this.deeds.act("person", { name, language: byId("founding-language").value });
      if (made) this.deeds.become(made.person);
      return;
    }
    const made = await this.deeds.act("found", {
      kind: this.kind === "channel" ? "channel" : byId("founding-kind").value,
      title: name,
      username: byId("founding-username").value,
      members: [...byId("founding-members").querySelectorAll(":checked")].map(({ value }) => Number(value)),
      with_bot: byId("founding-bot").checked,
    });
    if (made) this.deeds.enter(made.chat);
  }

  // What the menu of a chat offers to those who may change it.
  menu({ type, members, rules, bot, isForum, isHidden, topics, topic }) {
    const { me } = this.deeds.snapshot();
    const items = [];
    if (rules) {
      if (isForum) items.push(["New topic", () => this.nameTopic()]);
      const opened = topics.find(({ id }) => id === topic);
      if (opened) {
        const change = opened.isClosed ? "reopen" : "close";
        items.push([opened.isClosed ? "Reopen this topic" : "Close this topic", () => this.turn(opened.id, change)]);
        items.push(["Delete this topic", () => this.turn(opened.id, "delete"), true]);
      }
      if (type !== "channel") items.push(["Add somebody", () => this.pickMember("member", (one) => !one)]);
      items.push(["Make somebody an administrator", () => this.pickMember("administrator", (one) => one !== "administrator")]);
      items.push(["Make somebody an ordinary member", () => this.pickMember("member", (one) => one === "administrator")]);
      items.push(["Remove somebody", () => this.pickMember("left", Boolean)]);
      if (type === "supergroup") {
        const words = isHidden ? "Write under my own name" : "Write as the group";
        items.push([words, () => this.deeds.act("hide", { is_hidden: !isHidden })]);
      }
      items.push(...this.botItems(type, bot));
    } else if (members[me] && type !== "channel") {
      items.push(["Leave the group", () => this.deeds.act("member", { person: me, status: "left" }), true]);
    }
    return items;
  }

  botItems(type, status) {
    const set = (wanted) => () => this.deeds.act("bot", { status: wanted });
    if (!["administrator", "member", "restricted"].includes(status)) return [["Add the bot", set("member")]];
    const items = [];
    if (type !== "channel") {
      items.push(status === "administrator"
        ? ["Make the bot an ordinary member", set("member")]
        : ["Make the bot an administrator", set("administrator")]);
    }
    return [...items, ["Remove the bot", set("left"), true]];
  }

  pickMember(status, fits) {
    const { people, chat } = this.deeds.snapshot();
    const present = (id) => {
      const found = chat.members[id];
      return ["left", "kicked"].includes(found) ? undefined : found;
    };
    const others = people.filter(({ id }) => present(id) !== "creator" && fits(present(id)));
    pick("Choose somebody", others.map((one) => [personLine(one), () => {
      this.deeds.act("member", { person: one.id, status });
    }]), "There is nobody else whom this fits.");
  }

  // The row of topics above the messages of a forum.
  drawTopics({ isForum, topics, topic }) {
    const bar = byId("topics");
    bar.hidden = !isForum;
    const drawn = JSON.stringify([isForum, topics, topic]);
    if (!isForum || bar.dataset.drawn === drawn) return;
    bar.dataset.drawn = drawn;
    const hadFocus = bar.contains(document.activeElement);
    const shown = [{ id: 0, name: "All" }, { id: 1, name: "General" }, ...topics];
    bar.replaceChildren(...shown.map((one) => this.tab(one, topic)));
    if (hadFocus) bar.querySelector("[aria-current=true]")?.focus();
    bar.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  tab({ id, name, isClosed }, topic) {
    const button = document.createElement("button");
    button.type = "button";
    const words = document.createElement("span");
    words.dir = "auto";
    words.textContent = name;
    button.append(words);
    if (isClosed) button.append(lock());
    button.setAttribute("aria-current", String(id === topic));
    button.onclick = () => this.deeds.enter(this.deeds.snapshot().chat.id, id);
    return button;
  }

  nameTopic() {
    byId("topic-form").reset();
    byId("topic-dialog").showModal();
  }

  async openTopic() {
    const { chat } = this.deeds.snapshot();
    const made = await this.deeds.act("topic", { name: byId("topic-name").value });
    if (made) this.deeds.enter(chat.id, made.topic);
  }

  async turn(topic, change) {
    const { chat } = this.deeds.snapshot();
    await this.deeds.act("topic", { topic, change });
    if (change === "delete") this.deeds.enter(chat.id, 0);
  }

  openPlace() {
    byId("place-form").reset();
    this.fillPlace();
    byId("place").showModal();
  }

  fillPlace() {
    const known = PLACES[byId("place-known").value];
    if (!known) byId("place-latitude").focus();
    else [, byId("place-latitude").value, byId("place-longitude").value] = known;
  }

  sendPlace() {
    const degrees = (name) => Number(byId(`place-${name}`).value);
    this.deeds.act("location", { latitude: degrees("latitude"), longitude: degrees("longitude") });
  }

  openLink() {
    byId("link-form").reset();
    byId("link-dialog").showModal();
  }

  followLink() {
    const given = byId("link-address").value.trim();
    this.deeds.follow(/^[a-z]+:/i.test(given) ? given : `${SECURE}//${given}`);
  }

  // A link that adds the bot to a chat: which one, a person says.
  invite({ group, channel, rights }) {
    const { me, chats, bot } = this.deeds.snapshot();
    const kinds = channel ? ["channel"] : ["group", "supergroup"];
    const fitting = chats.filter(({ type, rules }) => rules && kinds.includes(type));
    const title = channel ? "Add the bot to a channel" : "Add the bot to a group";
    pick(title, fitting.map((chat) => [chatLine(chat), async () => {
      const status = channel || rights ? "administrator" : "member";
      const named = rights?.map((right) => `can_${right}`) ?? null;
      if (!(await this.deeds.act("bot", { chat: chat.id, status, rights: named }))) return;
      // Telegram's apps tell the bot so what the link carried.
      if (group) await this.deeds.act("say", { chat: chat.id, topic: 0, text: `/start@${bot.username} ${group}` });
      this.deeds.enter(chat.id, 0, me);
    }]), `You run no ${channel ? "channel" : "group"} here yet: “New” makes one.`);
  }

  // A picture from this machine, with what stands in the input line below it.
  async sendPicture(file, caption) {
    try {
      await this.deeds.act("photo", { name: file.name, caption, data: await base64(file) });
    } catch (error) {
      console.debug(error);
      toast("This file cannot be read.");
    }
  }
}

function checkbox({ id, name }) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = id;
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = name;
  label.append(box, words);
  return label;
}

function personLine({ id, name }) {
  const shown = chatLine({ title: name, colour: id % 7, initials: [...name][0].toUpperCase() });
  drawAvatar(shown.firstElementChild, { colour: id % 7, initials: [...name][0].toUpperCase() });
  return shown;
}

function lock() {
  const sign = document.createElement("span");
  sign.className = "lock";
  sign.role = "img";
  sign.setAttribute("aria-label", "closed");
  return sign;
}

function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}
