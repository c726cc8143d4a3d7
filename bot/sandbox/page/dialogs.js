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

// Items are [label, action, isDanger]. Closes on a choice, a click elsewhere, Escape.
export function openMenu(button, items) {
  const list = byId("menu-list");
  if (!list.hidden) {
    closeMenu(button);
    return;
  }
  list.replaceChildren(
    ...items.map(([label, action, isDanger]) => {
      const item = document.createElement("button");
      item.type = "button";
      item.role = "menuitem";
      item.textContent = label;
      item.classList.toggle("danger", Boolean(isDanger));
      item.onclick = () => {
        closeMenu(button);
        action();
      };
      return item;
    }),
  );
  list.hidden = false;
  button.setAttribute("aria-expanded", "true");
  list.firstElementChild?.focus();
}

export function closeMenu(button) {
  byId("menu-list").hidden = true;
  button.setAttribute("aria-expanded", "false");
}

// Lets a person choose one of several lines; items are [element, action].
export function pick(items) {
  const dialog = byId("picker");
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

export function openReactions(x, y, choose) {
  const menu = byId("reactions");
  menu.replaceChildren(
    ...EMOJI.map((emoji) => {
      const item = document.createElement("button");
      item.type = "button";
      item.role = "menuitem";
      item.textContent = emoji === "❤" ? "❤\ufe0f" : emoji; // plain, it is drawn in black
      item.setAttribute("aria-label", `React with ${emoji}`);
      item.onclick = () => {
        menu.hidden = true;
        choose(emoji);
      };
      return item;
    }),
  );
  menu.hidden = false;
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x - width / 2, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, y - height - 10)}px`;
  menu.firstElementChild.focus();
}

export function setUpDialogs(menuButton) {
  byId("zoomed").addEventListener("click", () => byId("zoomed").close());
  byId("picker").addEventListener("click", (event) => {
    if (event.target === byId("picker")) byId("picker").close(); // beside it
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#menu-list, #menu")) closeMenu(menuButton);
    if (!event.target.closest("#reactions")) byId("reactions").hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closeMenu(menuButton);
    byId("reactions").hidden = true;
  });
}
