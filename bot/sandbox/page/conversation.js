// The messages of the open chat: keeps the page in step with a snapshot, and the scroll in place.

import { fromHtml, morph } from "./morph.js";

const byId = (id) => document.getElementById(id);
const NEAR = 80; // pixels from the end that still count as being at the end

export class Conversation {
  constructor({ onOlder, onRead }) {
    this.box = byId("scroll");
    this.list = byId("conversation");
    this.pill = byId("pill");
    this.nodes = new Map(); // key → {html, node}
    this.shown = null;
    this.sticks = true;
    this.fresh = 0;
    this.onRead = onRead;
    this.onOlder = onOlder;
    this.glides = false;
    this.lastTop = 0;
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.box.addEventListener("scrollend", () => {
      this.glides = false;
      this.scrolled();
    });
    this.pill.onclick = () => this.toEnd("smooth");
    this.list.addEventListener("keydown", (event) => this.walked(event));
    this.list.addEventListener("focusin", (event) => this.current(event.target.closest(".message")));
    // A picture that arrives late or a keyboard on a phone must not push the end out of sight.
    new ResizeObserver(() => this.sticks && this.toEnd()).observe(this.list);
    new ResizeObserver(() => this.sticks && this.toEnd()).observe(this.box);
  }

  draw(who, chat) {
    const isOther = this.shown !== who;
    if (isOther) this.clear(who);
    const anchor = this.sticks ? null : this.anchor();
    const arrived = this.reconcile(chat.units, isOther);
    this.welcome(chat);
    this.hasMore = chat.has_more;
    const ownCame = arrived.some((node) => node.classList.contains("own"));
    if (this.sticks || ownCame) this.toEnd();
    if (isOther) this.toFirstUnread(chat);
    else if (!this.sticks && !ownCame) {
      if (anchor) this.box.scrollTop += anchor.node.getBoundingClientRect().top - anchor.top;
      this.fresh += arrived.filter((node) => node.classList.contains("other")).length;
    }
    this.showPill();
    this.current(this.list.querySelector(".message[tabindex='0']"));
    if (this.sticks) this.onRead();
  }

  // One message can be reached with the Tab key, the others from there with the arrows.
  current(message) {
    const all = [...this.list.querySelectorAll(".message")];
    const one = message ?? all.at(-1);
    for (const node of all) node.tabIndex = node === one ? 0 : -1;
  }

  walked(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches(".message")) return;
    event.preventDefault();
    const all = [...this.list.querySelectorAll(".message")];
    all[all.indexOf(event.target) + step]?.focus();
  }

  // Who opens a chat begins to read where they stopped, not behind it.
  toFirstUnread(chat) {
    const others = [...this.list.querySelectorAll(".message.other")];
    const first = chat.unread ? others.at(-chat.unread) : null;
    if (!first) return;
    const above = this.box.getBoundingClientRect().top - first.getBoundingClientRect().top;
    if (above <= 0) return;
    this.sticks = false;
    this.box.scrollTop -= above + 8;
  }

  clear(who) {
    this.list.replaceChildren();
    this.nodes.clear();
    this.shown = who;
    this.list.dataset.shown = who;
    this.sticks = true;
    this.fresh = 0;
    this.lastTop = 0;
  }

  // Returns the nodes that came at the end.
  reconcile(units, isFirst) {
    const lastKey = [...this.nodes.keys()].at(-1);
    const wanted = new Set(units.map((unit) => unit.key));
    for (const [key, { node }] of this.nodes) if (!wanted.has(key)) node.remove();
    const kept = new Map();
    const arrived = [];
    let passedLast = lastKey === undefined;
    let at = null;
    for (const unit of units) {
      const node = this.nodeFor(unit);
      const isNew = !this.nodes.has(unit.key);
      if (isNew && passedLast && !isFirst && node.matches(".message")) {
        node.classList.add("arriving");
        arrived.push(node);
      }
      passedLast ||= unit.key === lastKey;
      const place = at ? at.nextSibling : this.list.firstChild;
      if (place !== node) this.list.insertBefore(node, place);
      kept.set(unit.key, { html: unit.html, node });
      at = node;
    }
    this.nodes = kept;
    return arrived;
  }

  nodeFor(unit) {
    const known = this.nodes.get(unit.key);
    if (!known) return fromHtml(unit.html);
    if (known.html === unit.html) return known.node;
    return morph(known.node, fromHtml(unit.html));
  }

  welcome(chat) {
    const old = this.list.querySelector(".welcome");
    if (chat.units.length || !chat.welcome) {
      old?.remove();
      return;
    }
    if (old) return;
    const card = fromHtml(
      '<div class="welcome"><span class="avatar" aria-hidden="true"></span><h3 dir="auto"></h3><p dir="auto"></p></div>',
    );
    card.children[0].classList.add(`peer-${chat.colour}`);
    card.children[0].textContent = chat.initials;
    card.children[1].textContent = chat.title;
    card.children[2].textContent = chat.welcome;
    this.list.append(card);
  }

  // The first message in sight, and where it stands.
  anchor() {
    const top = this.box.getBoundingClientRect().top;
    for (const { node } of this.nodes.values()) {
      const place = node.getBoundingClientRect();
      if (place.bottom > top) return { node, top: place.top };
    }
    return null;
  }

  toEnd(behavior = "instant") {
    this.sticks = true;
    this.glides = behavior === "smooth";
    this.box.scrollTo({ top: this.box.scrollHeight, behavior });
    this.fresh = 0;
    this.showPill();
  }

  scrolled() {
    const top = this.box.scrollTop;
    // A glide to the end only moves down: who moves up meanwhile has taken over.
    if (this.glides && top >= this.lastTop) {
      this.lastTop = top;
      return;
    }
    this.glides = false;
    const isAtEnd = this.box.scrollHeight - top - this.box.clientHeight < NEAR;
    const hasCome = isAtEnd && !this.sticks;
    // Away from the end without having moved up: a picture came, the observers will follow.
    if (isAtEnd || top < this.lastTop) this.sticks = isAtEnd;
    this.lastTop = top;
    if (isAtEnd) this.fresh = 0;
    if (hasCome) this.onRead();
    this.showPill();
    if (this.box.scrollTop < 240 && this.hasMore) {
      this.hasMore = false; // until the next snapshot says so again
      this.onOlder();
    }
  }

  showPill() {
    this.pill.hidden = this.sticks;
    this.pill.classList.toggle("quiet", !this.fresh);
    const many = this.fresh === 1 ? "1 new message" : `${this.fresh} new messages`;
    this.pill.textContent = this.fresh ? `${many} ↓` : "↓";
    this.pill.setAttribute("aria-label", this.fresh ? `${many}, go to the end` : "Go to the end");
  }

  message(id) {
    return this.list.querySelector(`[data-message="${id}"]`);
  }

  flash(id) {
    const node = this.message(id);
    if (!node) return;
    node.scrollIntoView({ block: "center", behavior: "smooth" });
    node.classList.remove("flash");
    requestAnimationFrame(() => node.classList.add("flash"));
  }
}
