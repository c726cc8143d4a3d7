// What lies over the page for a moment: notes, questions' answers, large pictures, menus.

const byId = (id) => document.getElementById(id);

export function toast(text) {
  const note = document.createElement("div");
  note.className = "toast";
  note.dir = "auto";
  note.textContent = text;
  byId("toasts").append(note);
  setTimeout(() => note.remove(), Math.min(9000, 2600 + text.length * 45));
}

export function alertWith(text) {
  byId("alert-text").textContent = text;
  const dialog = byId("alert");
  if (dialog.open) dialog.close();
  dialog.showModal();
}

export function zoom(source, said) {
  const picture = byId("zoomed-picture");
  picture.src = source;
  picture.alt = said;
  byId("zoomed").showModal();
}

let opener = null; // the button whose menu is open

// Items are [label, action, isDanger]. Closes on a choice, a click elsewhere, Escape.
export function openMenu(button, items) {
  const wasOpen = opener === button;
  closeMenu();
  if (wasOpen) return;
  const list = byId("menu-list");
  list.setAttribute("aria-label", button.getAttribute("aria-label"));
  list.replaceChildren(
    ...items.map(([label, action, isDanger]) => {
      const item = menuItem(label, () => {
        closeMenu();
        action();
      });
      item.classList.toggle("danger", Boolean(isDanger));
      return item;
    }),
  );
  list.hidden = false;
  opener = button;
  button.setAttribute("aria-expanded", "true");
  const place = button.getBoundingClientRect();
  const isBelow = place.bottom + list.offsetHeight + 12 < innerHeight;
  put(list, place.right - list.offsetWidth, isBelow ? place.bottom + 4 : place.top - list.offsetHeight - 4);
  list.firstElementChild?.focus();
}

function menuItem(label, action) {
  const item = document.createElement("button");
  item.type = "button";
  item.role = "menuitem";
  item.textContent = label;
  item.onclick = action;
  return item;
}

// At a place of the window, or as near to it as leaves all of it in sight.
function put(element, left, top) {
  element.style.left = `${Math.max(8, Math.min(left, innerWidth - element.offsetWidth - 8))}px`;
  element.style.top = `${Math.max(8, Math.min(top, innerHeight - element.offsetHeight - 8))}px`;
}

function closeMenu() {
  if (!opener) return;
  const list = byId("menu-list");
  if (list.contains(document.activeElement)) opener.focus();
  list.hidden = true;
  opener.setAttribute("aria-expanded", "false");
  opener = null;
}

// Lets a person choose one of several lines; items are [element, action]. Without any, says why.
export function pick(title, items, otherwise = "") {
  const dialog = byId("picker");
  byId("picker-title").textContent = title;
  byId("picker-otherwise").textContent = otherwise;
  byId("picker-otherwise").hidden = items.length > 0;
  byId("picker-items").replaceChildren(
    ...items.map(([shown, action]) => {
      const item = document.createElement("button");
      item.type = "button";
      item.append(shown);
      item.onclick = () => {
        dialog.close();
        action();
      };
      return item;
    }),
  );
  dialog.showModal();
}

const EMOJI = ["👍", "❤", "🔥", "👏", "🤔", "👎"];
let returnsTo = null; // what had the focus before the menu of a message was opened

// The menu of a message: reactions in a row, and items as those of openMenu.
export function openMessageMenu(x, y, react, items) {
  const menu = byId("message-menu");
  const row = document.createElement("div");
  row.append(
    ...EMOJI.map((emoji) => {
      const item = menuItem(emoji === "❤" ? "❤\ufe0f" : emoji, () => {
        closeMessageMenu();
        react(emoji);
      });
      item.setAttribute("aria-label", `React with ${emoji}`);
      return item;
    }),
  );
  menu.replaceChildren(
    row,
    ...items.map(([label, action, isDanger]) => {
      const item = menuItem(label, () => {
        closeMessageMenu();
        action();
      });
      item.classList.toggle("danger", Boolean(isDanger));
      return item;
    }),
  );
  returnsTo = document.activeElement;
  menu.hidden = false;
  put(menu, x - menu.offsetWidth / 2, y - 30);
  row.firstElementChild.focus();
}

function closeMessageMenu() {
  const menu = byId("message-menu");
  if (menu.hidden) return;
  const hadFocus = menu.contains(document.activeElement);
  menu.hidden = true;
  if (hadFocus && returnsTo?.isConnected) returnsTo.focus({ preventScroll: true });
}

// Arrow keys walk through a menu, as people who do without a mouse expect.
function walked(event) {
  const menu = event.target.closest("[role=menu]");
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!menu) return;
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  if (step) items[(at + step + items.length) % items.length].focus();
  else if (event.key === "Home") items[0].focus();
  else if (event.key === "End") items.at(-1).focus();
  else return;
  event.preventDefault();
}

export function setUpDialogs() {
  byId("zoomed").addEventListener("click", () => byId("zoomed").close());
  byId("picker").addEventListener("click", (event) => {
    if (event.target === byId("picker")) byId("picker").close(); // beside it
  });
  document.addEventListener("pointerdown", (event) => {
    if (opener && !opener.contains(event.target) && !event.target.closest("#menu-list")) closeMenu();
    if (!event.target.closest("#message-menu")) closeMessageMenu();
  });
  document.addEventListener("keydown", (event) => {
    walked(event);
    if (event.key !== "Escape" && event.key !== "Tab") return;
    closeMenu();
    closeMessageMenu();
  });
}
