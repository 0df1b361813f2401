// Building elements. Text only ever becomes text nodes: nothing a person typed is read as markup.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function avatar(id, name, extra = "") {
  const words = name.trim().split(/\s+/);
  const initials = (words.length > 1 ? [words[0], words[words.length - 1]] : words).map(firstLetter).join("");
  return h("span", { class: `avatar tint-${Math.abs(id) % 7} ${extra}`, "aria-hidden": "true" }, initials);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function firstLetter(word) {
  for (const part of graphemes.segment(word)) return part.segment.toUpperCase();
  return "";
}
