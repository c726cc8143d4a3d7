// The dialog in which one lets things go wrong, sees what they hit, and ends them.

import { post, troubles } from "./net.js";

const byId = (id) => document.getElementById(id);

export class Rehearse {
  #dialog = byId("rehearse");
  #known = new Map(); // name → what the sandbox tells about a trouble
  #wanted = null; // the chat that the dialog was opened for
  #isAsking = false;
  #asksAgain = false;

  constructor(button) {
    button.onclick = () => this.open(null);
    byId("rehearse-effect").onchange = () => this.#choose();
    byId("rehearse-clear").onclick = () => this.#end(null);
    byId("rehearse-wish").onsubmit = (event) => {
      event.preventDefault();
      this.#start();
    };
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // beside it
    });
  }

  async open(chat) {
    this.#wanted = chat;
    this.#say("");
    await this.#refresh();
    this.#choose();
    this.#dialog.showModal();
  }

  // Called with every snapshot: how many troubles go on.
  draw(count) {
    const mark = byId("trouble-count");
    mark.hidden = !count;
    mark.textContent = count || "";
    byId("trouble").setAttribute("aria-label", count ? `Rehearse trouble, ${count} going on` : "Rehearse trouble");
    if (this.#dialog.open) this.#refresh();
  }

  async #refresh() {
    if (this.#isAsking) {
      this.#asksAgain = true;
      return;
    }
    this.#isAsking = true;
    do {
      this.#asksAgain = false;
      try {
        const told = await troubles();
        this.#take(told.troubles);
        this.#list(told.started);
      } catch (error) {
        console.debug(error);
      }
    } while (this.#asksAgain);
    this.#isAsking = false;
  }

  #take(all) {
    const select = byId("rehearse-effect");
    this.#known = new Map(all.map((one) => [one.name, one]));
    if (!select.options.length) {
      for (const group of new Set(all.map((one) => one.group))) {
        const part = document.createElement("optgroup");
        part.label = group;
        part.append(...all.filter((one) => one.group === group).map(({ name, title }) => new Option(title, name)));
        select.append(part);
      }
    }
    this.#places();
  }

  // Shows what the chosen trouble asks for; its numbers begin with the usual ones.
  #choose() {
    const trouble = this.#trouble();
    if (!trouble) return;
    byId("rehearse-says").textContent = trouble.says;
    for (const ask of ["retry", "seconds", "hours"]) {
      const usual = trouble.asks[ask];
      field(ask).hidden = usual === null;
      if (usual !== null) byId(`rehearse-${ask}`).value = usual;
    }
    field("times").hidden = trouble.isState || !trouble.isOfChats;
    field("chat").hidden = !trouble.isOfChats;
    this.#say("");
    this.#places();
  }

  #places() {
    const trouble = this.#trouble();
    const select = byId("rehearse-chat");
    const drawn = JSON.stringify([trouble?.name, trouble?.chats, this.#wanted]);
    if (!trouble || select.dataset.drawn === drawn) return;
    const before = select.dataset.drawn ? select.value : "";
    select.dataset.drawn = drawn;
    const everywhere = new Option(trouble.isState ? "Every chat that it fits" : "Everywhere", "");
    select.replaceChildren(everywhere, ...trouble.chats.map(({ id, title }) => new Option(title, id)));
    const known = trouble.chats.map(({ id }) => String(id));
    const wanted = [String(this.#wanted), before].find((one) => known.includes(one));
    select.value = wanted ?? "";
    this.#wanted = null;
    byId("rehearse-start").disabled = trouble.isOfChats && !known.length;
    select.disabled = !known.length;
    if (!known.length) everywhere.textContent = "No chat fits at the moment";
  }

  #list(started) {
    const list = byId("rehearse-started");
    byId("rehearse-calm").hidden = started.length > 0;
    byId("rehearse-clear").hidden = !started.length;
    const known = new Map([...list.children].map((item) => [item.dataset.started, item]));
    started.forEach((one, index) => {
      const key = String(one.id);
      const item = known.get(key) || this.#item(one);
      known.delete(key);
      item.classList.toggle("over", one.isOver);
      item.querySelector("b").textContent = one.title;
      item.querySelector("span").textContent = `${one.where} · ${hits(one)}`;
      const label = one.isOver || one.isForGood ? "Remove" : "End";
      item.querySelector("button").textContent = label;
      item.querySelector("button").setAttribute("aria-label", `${label}: ${one.title}, ${one.where}`);
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] || null);
    });
    known.forEach((item) => item.remove());
  }

  #item(one) {
    const item = document.createElement("li");
    item.dataset.started = one.id;
    const words = document.createElement("div");
    const button = document.createElement("button");
    words.append(document.createElement("b"), document.createElement("span"));
    words.dir = "auto";
    button.type = "button";
    button.onclick = () => this.#end(one.id);
    item.append(words, button);
    return item;
  }

  async #start() {
    const trouble = this.#trouble();
    const number = (id) => Number(byId(id).value) || null;
    await this.#ask("trouble", {
      effect: trouble.name,
      chat: trouble.isOfChats ? number("rehearse-chat") : null,
      times: trouble.isState || !trouble.isOfChats ? null : number("rehearse-times"),
      retry: trouble.asks.retry === null ? null : number("rehearse-retry"),
      seconds: trouble.asks.seconds === null ? null : number("rehearse-seconds"),
      hours: trouble.asks.hours === null ? null : number("rehearse-hours"),
    });
  }

  async #end(id) {
    await this.#ask("calm", { id });
  }

  async #ask(action, body) {
    try {
      await post(action, body);
      this.#say("");
    } catch (error) {
      this.#say(error.message);
    }
    this.#refresh();
  }

  #trouble() {
    return this.#known.get(byId("rehearse-effect").value);
  }

  #say(problem) {
    byId("rehearse-problem").hidden = !problem;
    byId("rehearse-problem").textContent = problem;
  }
}

function field(ask) {
  return document.querySelector(`#rehearse-wish [data-ask="${ask}"]`);
}

function hits({ hits, times, isOver, isForGood, isState, note }) {
  if (note) return note;
  if (isForGood) return `for good, refused ${count(hits)}`;
  if (isState && !isOver) return hits ? `refused ${count(hits)} so far` : "no call refused yet";
  if (isState) return `over, refused ${count(hits)}`;
  if (times !== null) return isOver ? `over, hit ${count(times)}` : `hit ${hits} of ${times}`;
  return isOver ? `over, hit ${count(hits)}` : hits ? `hit ${count(hits)} so far` : "not hit yet";
}

function count(number) {
  return number === 1 ? "1 call" : `${number} calls`;
}
