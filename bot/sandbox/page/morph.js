// Changes a piece of the page into another with as few new elements as possible, so that
// pictures do not flicker and opened spoilers stay open.

const KEPT = ["open", "waiting", "arriving", "flash"];

export function fromHtml(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

export function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return fresh;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return old;
  }
  attributes(old, fresh);
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((child, index) => {
    if (before[index]) morph(before[index], child);
    else old.append(child);
  });
  before.slice(after.length).forEach((child) => child.remove());
  return old;
}

function attributes(old, fresh) {
  const sameWords = old.textContent === fresh.textContent;
  const kept = sameWords ? KEPT.filter((name) => old.classList.contains(name)) : [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  old.classList.add(...kept);
}
