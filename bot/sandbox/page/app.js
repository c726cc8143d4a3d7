// The chat page: holds who one is and which chat is open, and redraws from snapshots.

import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { alertWith, openMenu, pick, setUpDialogs, toast } from "./dialogs.js";
import { chatLine, drawAvatar, drawChats, drawPersons, setUpPersons } from "./list.js";
import { listen, post, state } from "./net.js";
import { Places } from "./places.js";
import { Rehearse } from "./rehearse.js";
import { followed, setUpTaps } from "./taps.js";

const byId = (id) => document.getElementById(id);
const STEP = 80; // messages shown at first, and more with each look back
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const app = { me: null, chat: null, topic: 0, limit: STEP, snapshot: null, isOnline: true };
const waiting = new Map(); // callback query id → {chat, message, data}
let isAsking = false;
let asksAgain = false;
let typingTimer = 0;

const conversation = new Conversation({
  onOlder: () => {
    app.limit += STEP;
    refresh();
  },
  onRead: () => read(),
});
const composer = new Composer({
  onSay: (text, about) => write(text, about),
  onWide: () => pressWide(),
  inline: {
    ask: (query, offset, signal) => {
      return post("inline", { me: app.me, chat: app.chat, query, offset }, signal);
    },
    onSend: (query, result) => act("choose", { query, result }),
    onButton: (start) => goTo({ name: app.snapshot.bot.username, person: null, start, group: null }),
  },
});

const rehearse = new Rehearse(byId("trouble"));
const places = new Places({
  act: (action, body) => act(action, body),
  enter: (chat, topic = 0, me = app.me) => go(me, chat, topic),
  become: (person) => go(person, person),
  follow: (href) => followed(href, taps),
  snapshot: () => app.snapshot,
});

async function refresh() {
  if (isAsking) {
    asksAgain = true;
    return;
  }
  isAsking = true;
  do {
    asksAgain = false;
    const { me, chat, topic, limit } = app;
    try {
      const queries = [...waiting.keys()].join(",");
      const snapshot = await state({ me, chat, topic, limit, zone: ZONE, queries });
      // Whoever has moved on meanwhile wants another snapshot.
      if (app.me === me && app.chat === chat && app.topic === topic) apply(snapshot);
      else asksAgain = true;
    } catch (error) {
      console.debug(error);
      online(false);
    }
  } while (asksAgain);
  isAsking = false;
}

function apply(snapshot) {
  const isOther = app.snapshot && app.snapshot.instance !== snapshot.instance;
  if (isOther) waiting.clear();
  app.snapshot = snapshot;
  app.me = snapshot.me;
  online(true);
  rehearse.draw(snapshot.troubles);
  drawPersons(snapshot.people, snapshot.me, (id) => become(id));
  drawChats(snapshot.chats, app.chat, (id) => open(id));
  drawPane(snapshot);
  openFirst(snapshot);
  settleAnswers(snapshot.answers);
  const unread = snapshot.chats.reduce((sum, chat) => sum + (chat.unread || 0), 0);
  document.title = unread ? `(${unread}) Sandbox chats` : "Sandbox chats";
  clearTimeout(typingTimer);
  if (snapshot.chats.some((chat) => chat.typing)) typingTimer = setTimeout(refresh, 2500);
}

// Beside the list there is room for a chat: whoever comes for the first time sees one at once.
function openFirst({ me, chats }) {
  const first = chats.find(({ type }) => type === "channel") ?? chats[0];
  if (location.hash || !first || !matchMedia("(min-width: 701px)").matches) return;
  location.replace(`#${me}/${first.id}`);
}

function drawPane({ me, chat }) {
  byId("app").dataset.open = String(Boolean(chat));
  byId("nothing").hidden = Boolean(chat);
  byId("pane-head").hidden = !chat;
  if (!chat) {
    byId("foot").hidden = true;
    byId("topics").hidden = true;
    return;
  }
  const who = place(me, chat.id, chat.topic);
  drawAvatar(byId("pane-avatar"), chat);
  byId("pane-title").textContent = chat.title;
  subtitle(chat);
  places.drawTopics(chat);
  composer.draw(who, chat, app.snapshot.bot.username);
  const { unread } = app.snapshot.chats.find(({ id }) => id === chat.id) ?? {};
  conversation.draw(who, { ...chat, unread });
  for (const query of waiting.values()) turn(query, true);
}

function subtitle(chat) {
  const line = byId("pane-subtitle");
  const isBusy = app.isOnline && chat.typing;
  line.classList.toggle("typing", Boolean(isBusy));
  if (!app.isOnline) line.textContent = "connecting…";
  else line.textContent = isBusy ? `${chat.typing}…` : chat.subtitle;
}

function online(isOnline) {
  if (app.isOnline === isOnline) return;
  app.isOnline = isOnline;
  if (app.snapshot?.chat) subtitle(app.snapshot.chat);
}

// Where one is stands in the address, so that reload and "back" keep their meaning.
function go(me, chat, topic = 0) {
  const wanted = `#${chat ? place(me, chat, topic) : me}`;
  if (location.hash === wanted) return;
  location.hash = wanted;
}

function place(me, chat, topic) {
  return topic ? `${me}/${chat}/${topic}` : `${me}/${chat}`;
}

function arrive() {
  const [me, chat, topic] = location.hash.slice(1).split("/").map((part) => Number(part) || null);
  if (me !== app.me || chat !== app.chat || topic !== app.topic) app.limit = STEP;
  app.me = me ?? app.me;
  app.chat = chat ?? null;
  app.topic = topic ?? 0;
  refresh();
}

function open(chat) {
  go(app.me, chat);
  if (matchMedia("(hover: hover)").matches) byId("text").focus({ preventScroll: true });
}

function become(person) {
  const now = app.snapshot.chat;
  const isPrivate = now?.type === "private";
  go(person, isPrivate ? person : app.chat);
}

async function act(action, body) {
  try {
    return await post(action, { me: app.me, chat: app.chat, topic: app.topic, ...body });
  } catch (error) {
    toast(error.message);
    return null;
  } finally {
    refresh();
  }
}

async function say(text, chat = app.chat) {
  await act("say", { text, chat, topic: chat === app.chat ? app.topic : 0 });
}

async function write(text, about) {
  if (about?.kind === "edit") await act("edit", { text, message: about.message });
  else await act("say", { text, reply_to: about?.message ?? null });
}

function pressWide() {
  if (app.snapshot.chat.mode === "unblock") act("unblock", {});
  else say("/start");
}

function read() {
  const chat = app.snapshot?.chat;
  const entry = app.snapshot?.chats.find(({ id }) => id === chat?.id);
  if (!chat || !entry?.unread || document.hidden) return;
  entry.unread = 0; // asked once; the next snapshot tells the truth
  act("read", { chat: chat.id, message: chat.last_id });
}

async function press(message, data) {
  const query = { chat: app.chat, message, data };
  if ([...waiting.values()].some((other) => sameKey(other, query))) return;
  turn(query, true);
  const reply = await act("press", { message, data });
  if (!reply) {
    turn(query, false);
    return;
  }
  waiting.set(reply.query, query);
  refresh();
}

function sameKey(one, other) {
  return one.chat === other.chat && one.message === other.message && one.data === other.data;
}

function turn(query, isWaiting) {
  if (query.chat !== app.chat) return;
  for (const key of conversation.message(query.message)?.querySelectorAll("button.key") ?? []) {
    if (key.dataset.callbackData !== query.data) continue;
    key.classList.toggle("waiting", isWaiting);
    if (isWaiting) key.setAttribute("aria-busy", "true");
    else key.removeAttribute("aria-busy");
  }
}

function settleAnswers(answers) {
  for (const [id, answer] of Object.entries(answers)) {
    const query = waiting.get(id);
    if (!query) continue;
    waiting.delete(id);
    turn(query, false);
    if (answer.text && answer.show_alert) alertWith(answer.text);
    else if (answer.text) toast(answer.text);
  }
}

// Opens what a link into Telegram names; false if the sandbox has no such place.
function goTo({ name, person, start, group, channel, rights }) {
  const { bot, chats, me } = app.snapshot;
  const wanted = name.toLowerCase();
  if (wanted === bot.username.toLowerCase() || person === bot.id) {
    if (group !== null || channel) {
      places.invite({ group, channel, rights });
      return true;
    }
    go(me, me);
    if (start !== null) say(start ? `/start ${start}` : "/start", me);
    return true;
  }
  const chat = wanted && chats.find(({ username }) => username?.toLowerCase() === wanted);
  if (chat) go(me, chat.id);
  return Boolean(chat);
}

// A button that begins an inline query in some other chat: which one, a person says.
function share(words) {
  const chats = app.snapshot.chats.filter(({ mode }) => mode === "write");
  pick("Choose a chat", chats.map((chat) => [chatLine(chat), () => {
    composer.draft(`${app.me}/${chat.id}`, `@${app.snapshot.bot.username} ${words}`);
    open(chat.id);
  }]));
}

function chatMenu() {
  const { chat } = app.snapshot;
  const items = [["Mark all chats as read", () => act("read", { chat: null })]];
  if (chat.type === "private" && chat.mode === "write") {
    items.push(["Block the bot", () => act("block", {}), true]);
  } else if (chat.mode === "unblock") {
    items.push(["Unblock the bot", () => act("unblock", {})]);
  }
  items.push(...places.menu(chat));
  items.push(["Rehearse trouble here", () => rehearse.open(chat.id)]);
  openMenu(byId("menu"), items);
}

setUpPersons();
setUpDialogs();
const taps = {
  say,
  press,
  goTo,
  write: (text) => composer.write(text),
  share,
  flash: (id) => conversation.flash(id),
  react: (message, emoji) => act("react", { message, emoji }),
  bot: () => app.snapshot.bot.username,
  mayWrite: () => app.snapshot.chat.mode === "write",
  about: (kind, about) => composer.begin(kind, about),
  remove: (message) => act("delete", { message }),
};
setUpTaps(byId("conversation"), taps);
byId("attach").onclick = () => openMenu(byId("attach"), [
  ["Picture", () => byId("picture").click()],
  ["Location", () => places.openPlace()],
]);
byId("picture").onchange = async ({ target }) => {
  const [file] = target.files;
  if (file) await places.sendPicture(file, byId("text").value.trim());
  target.value = "";
  composer.empty();
};
byId("back").onclick = () => go(app.me, null);
byId("menu").onclick = chatMenu;
addEventListener("hashchange", arrive);
document.addEventListener("visibilitychange", () => !document.hidden && refresh());
arrive();
listen(refresh, online);
