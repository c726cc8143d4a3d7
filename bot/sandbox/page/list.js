// The list of chats and the choice of who one is.

const byId = (id) => document.getElementById(id);

const FEW = 4; // persons who still fit beside one another

const SIGNS = {
  channel: '<svg viewBox="0 0 24 24" aria-label="Channel"><path d="M3 9.5v5a1.5 1.5 0 0 0 1.5 1.5H7l1.2 4.2h2.3L9.7 16l9 3.6a1 1 0 0 0 1.3-1V5.4a1 1 0 0 0-1.3-1L9 8H4.5A1.5 1.5 0 0 0 3 9.5Z"/></svg>',
  group: '<svg viewBox="0 0 24 24" aria-label="Group"><circle cx="9" cy="8" r="3.7"/><path d="M2 19c0-4 3.2-6 7-6s7 2 7 6v.5H2Z"/><circle cx="17" cy="9" r="2.8"/><path d="M17.5 13.2c2.7.3 4.5 2 4.5 5v1.3h-4.3c0-2.5-.8-4.7-2.4-6Z"/></svg>',
};

export function drawPersons(people, me, choose) {
  const group = byId("persons");
  const drawn = JSON.stringify([people, me]);
  if (group.dataset.drawn === drawn) return;
  group.dataset.drawn = drawn;
  const hadFocus = group.contains(document.activeElement);
  byId("who").hidden = people.length < 2;
  if (people.length > FEW) group.replaceChildren(choice(people, me, choose));
  else group.replaceChildren(...people.map((person) => radio(person, me, choose)));
  if (hadFocus) group.querySelector("select, [aria-checked=true]")?.focus();
}

function radio(person, me, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.role = "radio";
  button.textContent = person.name;
  button.title = `${person.name}, id ${person.id}`;
  button.dataset.person = person.id;
  button.setAttribute("aria-checked", String(person.id === me));
  button.tabIndex = person.id === me ? 0 : -1;
  button.onclick = () => choose(person.id);
  return button;
}

function choice(people, me, choose) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", "Who you are");
  select.append(...people.map(({ id, name }) => new Option(`${name} (${id})`, id, false, id === me)));
  select.onchange = () => choose(Number(select.value));
  return select;
}

// Arrow keys move the choice, as in any group of radio buttons.
export function setUpPersons() {
  byId("persons").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || event.target.role !== "radio") return;
    event.preventDefault();
    const buttons = [...event.currentTarget.children];
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
}

export function drawChats(chats, open, choose) {
  const list = byId("chats");
  const known = new Map([...list.children].map((item) => [item.dataset.chat, item]));
  chats.forEach((chat, index) => {
    const key = String(chat.id);
    const item = known.get(key) || newItem(key, choose);
    known.delete(key);
    fill(item.firstElementChild, chat, chat.id === open);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] || null);
  });
  known.forEach((item) => item.remove());
}

function newItem(key, choose) {
  const item = document.createElement("li");
  item.dataset.chat = key;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chat";
  button.innerHTML =
    '<span class="avatar" aria-hidden="true"></span>' +
    '<span class="name"><span dir="auto"></span></span><span class="time"></span>' +
    '<span class="last"></span><span class="unread"></span>';
  button.onclick = () => choose(Number(key));
  item.append(button);
  return item;
}

function fill(button, chat, isOpen) {
  const drawn = JSON.stringify([chat, isOpen]);
  if (button.dataset.drawn === drawn) return;
  button.dataset.drawn = drawn;
  const [avatar, name, time, last, unread] = button.children;
  drawAvatar(avatar, chat);
  name.firstElementChild.textContent = chat.title;
  name.querySelector("svg")?.remove();
  if (SIGNS[chat.sign]) name.insertAdjacentHTML("afterbegin", SIGNS[chat.sign]);
  time.textContent = chat.last?.time ?? "";
  last.classList.toggle("typing", Boolean(chat.typing));
  last.replaceChildren();
  if (chat.typing) {
    last.textContent = `${chat.typing}…`;
  } else if (chat.last) {
    if (chat.last.sender) last.append(words("b", `${chat.last.sender}:`));
    last.append(words("span", chat.last.text));
  } else {
    last.textContent = "No messages yet";
  }
  unread.hidden = !chat.unread;
  unread.textContent = chat.unread || "";
  unread.setAttribute("aria-label", `${chat.unread} unread`);
  button.setAttribute("aria-current", String(isOpen));
}

// Each with a direction of its own: what is too long is cut at its end, wherever that is.
function words(tag, text) {
  const said = document.createElement(tag);
  said.dir = "auto";
  said.textContent = text;
  return said;
}

// A chat in a choice of chats: its picture and its name.
export function chatLine(chat) {
  const shown = document.createElement("span");
  shown.className = "chat-line";
  const avatar = document.createElement("span");
  avatar.setAttribute("aria-hidden", "true");
  drawAvatar(avatar, chat);
  const name = document.createElement("span");
  name.dir = "auto";
  name.textContent = chat.title;
  shown.append(avatar, name);
  return shown;
}

export function drawAvatar(element, chat) {
  element.className = `avatar peer-${chat.colour}`;
  element.textContent = chat.initials;
}
