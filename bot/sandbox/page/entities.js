// Text with Telegram's entities as DOM nodes. Offsets count UTF-16 units, as JavaScript strings do.

import { h } from "./dom.js";

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", spoiler: "span", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote" };

// actions: { command(text), phone(text, element), start(bot, code), copy(text) }
export function render(text, entities, actions) {
  const root = document.createDocumentFragment();
  fill(root, text, 0, text.length, entities, actions);
  return root;
}

function fill(parent, text, from, to, entities, actions) {
  let position = from;
  for (let index = 0; index < entities.length; index += 1) {
    const { offset, length } = entities[index];
    const end = Math.min(offset + length, to);
    if (offset < position || offset >= to) continue;
    parent.append(text.slice(position, offset));
    const element = wrap(entities[index], text.slice(offset, end), actions);
    fill(element, text, offset, end, entities.slice(index + 1), actions);
    parent.append(element);
    position = end;
  }
  parent.append(text.slice(position, to));
}

function wrap(entity, part, actions) {
  if (entity.type in TAGS) {
    const element = h(TAGS[entity.type], { class: entity.type });
    if (entity.type === "code") element.addEventListener("click", () => actions.copy(part));
    if (entity.type === "spoiler") element.addEventListener("click", () => element.classList.add("shown"));
    return element;
  }
  if (entity.type === "bot_command") return link(part, () => actions.command(part));
  if (entity.type === "phone_number") {
    const element = link(part, () => actions.phone(part, element));
    element.href = `tel:${part.replace(/[^\d+]/g, "")}`;
    return element;
  }
  if (entity.type === "url" || entity.type === "text_link" || entity.type === "email") return web(entity, part, actions);
  return h("span", { class: entity.type === "mention" || entity.type === "hashtag" ? "like-link" : "" });
}

function link(part, act) {
  return h("a", { href: "#", onclick: (event) => { event.preventDefault(); act(); } });
}

function web(entity, part, actions) {
  const given = entity.type === "email" ? `mailto:${part}` : entity.url || (/^https?:/i.test(part) ? part : `https://${part}`);
  let url;
  try { url = new URL(given); } catch { return h("span"); }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return h("span");
  const start = startLink(url);
  if (start) return link(part, () => actions.start(start.bot, start.code));
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" });
}

// t.me/BOT?start=CODE opens the chat here instead of Telegram's site.
export function startLink(url) {
  if (url.hostname !== "t.me" || !url.searchParams.has("start")) return null;
  return { bot: url.pathname.slice(1), code: url.searchParams.get("start") };
}
