// The floor's named places in the page, its words, and small helpers.
const words = document.querySelector("[data-floor=words]").dataset;

export function at(name) {
  return document.querySelector(`[data-floor="${name}"]`);
}

// A text of the page, with its %(named)s values filled in.
export function say(key, values = {}) {
  return (words[key] || "").replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`);
}

// Keeps one child of `parent` for each item, by key and in order, so that focus and reading position stay.
export function keep(parent, template, items, key, fill) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = old.get(name);
    if (!child) {
      child = document.getElementById(template).content.firstElementChild.cloneNode(true);
      child.dataset.key = name;
    }
    old.delete(name);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
    fill(child, item);
  }
  for (const child of old.values()) child.remove();
}
