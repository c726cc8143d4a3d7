// What a tap on something inside a message means.

import { alertWith, openMessageMenu, toast, zoom } from "./dialogs.js";

// `actions` are say, press, react, goTo, write, share, flash, bot, about, remove: see app.js.
export function setUpTaps(list, actions) {
  list.addEventListener("click", (event) => tapped(event, actions));
  list.addEventListener("keydown", (event) => {
    const isKey = event.key === "Enter" || event.key === " ";
    if (isKey && event.target.matches("span[tabindex]")) {
      event.preventDefault();
      event.target.click();
    } else if (isKey && event.target.matches(".message")) {
      event.preventDefault();
      const place = event.target.querySelector(".bubble").getBoundingClientRect();
      openMenuOf(event.target, place.left + place.width / 2, Math.max(place.top + 30, 60), actions);
    }
  });
  list.addEventListener("contextmenu", (event) => {
    const message = event.target.closest(".message");
    if (!message || event.target.closest("a, button") || String(getSelection())) return;
    event.preventDefault();
    openMenuOf(message, event.clientX, event.clientY, actions);
  });
}

function openMenuOf(message, x, y, actions) {
  const id = idOf(message);
  const text = message.querySelector(".text")?.textContent ?? "";
  const about = { message: id, text, line: text.split("\n")[0] || "Message" };
  const items = [];
  if (actions.mayWrite()) items.push(["Reply", () => actions.about("reply", about)]);
  if (text) items.push(["Copy text", () => copy(text)]);
  if (message.classList.contains("own")) {
    if (message.querySelector(".text") && !message.matches(".pictured")) {
      items.push(["Edit", () => actions.about("edit", about)]);
    }
    items.push(["Delete", () => actions.remove(id), true]);
  }
  openMessageMenu(x, y, (emoji) => actions.react(id, emoji), items);
}

function copy(text) {
  navigator.clipboard?.writeText(text).then(
    () => toast("Copied"),
    () => alertWith(text),
  );
}

function idOf(element) {
  return Number(element.closest("[data-message]").dataset.message);
}

function tapped(event, actions) {
  const target = event.target;
  const veil = target.closest(".spoiler:not(.open), .veiled:not(.open)");
  if (veil) {
    event.preventDefault();
    veil.classList.add("open");
    veil.removeAttribute("aria-label");
    return;
  }
  const key = target.closest("button.key");
  if (key) {
    pressed(key, actions);
    return;
  }
  const word = target.closest("[data-say]");
  if (word) {
    said(word.dataset.say, actions);
    return;
  }
  const reply = target.closest(".reply");
  if (reply) {
    actions.flash(Number(reply.dataset.to));
    return;
  }
  const picture = target.closest("a.zoom");
  if (picture) {
    event.preventDefault();
    zoom(picture.href, picture.querySelector("img").alt);
    return;
  }
  const link = target.closest("a[href]");
  if (link) {
    event.preventDefault();
    followed(link.href, actions);
  }
}

function pressed(key, actions) {
  if ("callbackData" in key.dataset) {
    actions.press(idOf(key), key.dataset.callbackData);
  } else if ("copy" in key.dataset) {
    copy(key.dataset.copy);
  } else if ("switchInlineQueryCurrentChat" in key.dataset) {
    actions.write(`@${actions.bot()} ${key.dataset.switchInlineQueryCurrentChat}`);
  } else if ("switchInlineQuery" in key.dataset) {
    actions.share(key.dataset.switchInlineQuery);
  }
}

function said(word, actions) {
  if (word.startsWith("/")) actions.say(word);
  else actions.write(word);
}

// Links to Telegram stay inside, all others open beside the page.
export function followed(href, actions) {
  const place = telegramPlace(href);
  if (!place) {
    window.open(`/sandbox/open?url=${encodeURIComponent(href)}`, "_blank", "noopener");
  } else if (!actions.goTo(place)) {
    toast(place.name ? `@${place.name} is not in this sandbox.` : "This leads out of the sandbox.");
  }
}

// {name, person, start, group, channel, rights} of a t.me or tg: address, else null.
export function telegramPlace(href) {
  let url;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  if (url.protocol === "tg:") {
    return {
      name: url.searchParams.get("domain") || "",
      person: Number(url.searchParams.get("id")) || null,
      ...asked(url.searchParams),
    };
  }
  if (!["t.me", "telegram.me", "www.t.me"].includes(url.hostname)) return null;
  const name = url.pathname.split("/")[1] || "";
  return { name, person: null, ...asked(url.searchParams) };
}

// What a link asks of a bot: `group` is null unless it is to be added to one, perhaps with words.
function asked(query) {
  return {
    start: query.get("start"),
    group: query.get("startgroup"),
    channel: query.has("startchannel"),
    rights: query.get("admin")?.split(/[ +]/).filter(Boolean) ?? null,
  };
}
