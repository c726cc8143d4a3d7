// What a tap on something inside a message means.

import { alertWith, openReactions, toast, zoom } from "./dialogs.js";

// `actions` are say, press, react, goTo, write, share, flash, bot: see app.js.
export function setUpTaps(list, actions) {
  list.addEventListener("click", (event) => tapped(event, actions));
  list.addEventListener("keydown", (event) => {
    const isKey = event.key === "Enter" || event.key === " ";
    if (isKey && event.target.matches("span[tabindex]")) {
      event.preventDefault();
      event.target.click();
    }
  });
  list.addEventListener("contextmenu", (event) => {
    const message = event.target.closest(".message");
    if (!message || event.target.closest("a, button") || String(getSelection())) return;
    event.preventDefault();
    openReactions(event.clientX, event.clientY, (emoji) => actions.react(idOf(message), emoji));
  });
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
    navigator.clipboard?.writeText(key.dataset.copy).then(
      () => toast("Copied"),
      () => alertWith(key.dataset.copy),
    );
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
function followed(href, actions) {
  const place = telegramPlace(href);
  if (!place) {
    window.open(`/sandbox/open?url=${encodeURIComponent(href)}`, "_blank", "noopener");
  } else if (!actions.goTo(place)) {
    toast(place.name ? `@${place.name} is not in this sandbox.` : "This leads out of the sandbox.");
  }
}

// {name, start} of a t.me or tg: address, else null.
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
      start: url.searchParams.get("start"),
    };
  }
  if (!["t.me", "telegram.me", "www.t.me"].includes(url.hostname)) return null;
  const name = url.pathname.split("/")[1] || "";
  return { name, person: null, start: url.searchParams.get("start") };
}
