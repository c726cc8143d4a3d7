"""How well the words of a page stand out, and whether everything that can be used has a name."""

from __future__ import annotations

import re

from playwright.async_api import Page

# Ratio of WCAG 2 for every text that is seen, against the colours that lie behind it; pictures and
# gradients are not looked through. Words that are off (disabled) or only decorate do not count.
PALE = """(least) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const layer = rgba(getComputedStyle(one).backgroundColor);
      if (layer[3]) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const words = walker.currentNode.data.trim();
    if (!words || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("[aria-hidden=true], :disabled, .spoiler, option, script, noscript")) continue;
    const back = behind(element);
    const ink = over(rgba(getComputedStyle(element).color), back);
    const [high, low] = [light(ink), light(back)].sort((one, other) => other - one);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < least) found.set(`${element.className || element.localName}: ${words.slice(0, 30)}`, ratio.toFixed(2));
  }
  return [...found];
}"""  # noqa: E501 - a program of its own


async def pale_words(page: Page, *, least: float = 4.5) -> list[list[str]]:
    """Give the words that hardly stand out, each with its ratio."""
    found: list[list[str]] = await page.evaluate(PALE, least)
    return found


async def nameless(page: Page) -> list[str]:
    """Give what can be used but tells a screen reader no name."""
    shown = await page.locator("body").aria_snapshot()
    kinds = "button|link|textbox|combobox|checkbox|menuitem|radio|option|spinbutton|dialog|img"
    return re.findall(rf"^\s*- (?:{kinds})(?: \[[^\]]*\])*:?$", shown, re.MULTILINE)
