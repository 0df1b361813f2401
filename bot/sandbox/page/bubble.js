// One message as it is shown: bubble, quote, picture or file, time, and its inline keyboard.

import { avatar, h } from "./dom.js";
import { render } from "./entities.js";
import { icon } from "./icons.js";
import { clockTime } from "./time.js";
import { digits } from "./words.js";

const fileUrl = (file) => `/sandbox/files/${encodeURIComponent(file.file_id)}`;

function size(bytes, language) {
  const [amount, unit] = bytes < 1024 ? [bytes, "B"] : bytes < 1048576 ? [bytes / 1024, "KB"] : [bytes / 1048576, "MB"];
  return `${digits(Math.round(amount * 10) / 10, language)} ${unit}`;
}

function media(message, view) {
  const parts = [];
  if (message.photo) {
    const image = h("img", { src: fileUrl(message.photo), width: message.photo.width, height: message.photo.height, alt: message.text.split("\n")[0] || view.words.photo });
    parts.push(h("button", { type: "button", class: "photo", "aria-label": view.words.photo, onclick: () => view.viewPhoto(message, image.src) }, image));
  }
  const saved = message.document ?? message.video;
  if (saved) {
    const { file_name: name, file_size: bytes } = saved;
    parts.push(h("a", { class: "attachment", href: fileUrl(saved), download: name },
      h("span", { class: "disc" }, icon("file")), h("span", { class: "attachment-text" }, h("span", { class: "attachment-name" }, name), h("small", {}, size(bytes, view.language)))));
  }
  const sound = message.voice ?? message.audio;
  if (sound) parts.push(h("audio", { controls: true, preload: "metadata", src: fileUrl(sound) }));
  if (message.contact) {
    const name = [message.contact.first_name, message.contact.last_name].filter(Boolean).join(" ");
    const phone = message.contact.phone_number;
    const shown = /^\d{8,}$/.test(phone) ? `+${phone}` : phone;
    const card = h("button", { type: "button", class: "attachment", onclick: () => view.actions.phone(shown, card) },
      avatar(message.id, name || shown), h("span", { class: "attachment-text" }, h("span", { class: "attachment-name" }, name || shown), h("small", {}, shown)));
    parts.push(card);
  }
  return parts;
}

function meta(message, view) {
  return h("span", { class: "meta" },
    message.silent && message.from.bot ? h("span", { class: "silent", title: view.words.silent, role: "img", "aria-label": view.words.silent }, icon("muted")) : null,
    message.edited ? h("span", { class: "edited" }, view.words.edited) : null,
    h("time", { datetime: new Date(message.date * 1000).toISOString() }, clockTime(new Date(message.date * 1000), view.language)));
}

function keyboard(message, view) {
  return h("div", { class: "inline-keyboard" }, message.buttons.map((row) => h("div", { class: "row" }, row.map((button) => {
    const element = h("button", { type: "button", title: button.text, onclick: () => view.press(message, button, element) },
      h("span", {}, button.text), button.url ? icon("external") : null);
    return element;
  }))));
}

// view: { person, language, words, group, actions, press, viewPhoto, openMenu, jump }
export function bubble(message, view) {
  const own = message.from.id === view.person.id;
  if (message.service) return h("div", { class: "service", data: { id: message.id } }, h("span", {}, view.words[message.service]));
  const content = [];
  if (view.group && !own) content.push(h("div", { class: `sender ink-${Math.abs(message.from.id) % 7}` }, message.from.name));
  if (message.forwarded_from) content.push(h("div", { class: "origin" }, `${view.words.forwarded} ${message.forwarded_from}`));
  if (message.via) content.push(h("div", { class: "origin" }, `${view.words.via} @${message.via}`));
  if (message.reply_to) {
    content.push(h("button", { type: "button", class: "quote", "aria-label": `${view.words.replyTo} ${message.reply_to.name}`, onclick: () => view.jump(message.reply_to.id) },
      h("span", { class: "quote-name" }, message.reply_to.name), h("span", { class: "quote-text" }, message.reply_to.text)));
  }
  content.push(...media(message, view));
  const text = message.text ? h("div", { class: "text", dir: "auto" }, render(message.text, message.entities, view.actions)) : null;
  const more = h("button", { type: "button", class: "round more", "aria-label": view.words.actions, "aria-haspopup": "menu", onclick: () => view.openMenu(message, more) }, icon("chevron"));
  const body = h("div", { class: `bubble${message.photo ? " with-photo" : ""}` }, content, text ?? h("div", { class: "text no-text" }), meta(message, view), more);
  if (message.photo) body.style.width = `${Math.min(Math.max(message.photo.width, 160), 420) + 6}px`;
  text?.append(h("span", { class: "meta-space", "aria-hidden": "true" }, metaSpace(message, view)));
  const row = h("article", { class: `message ${own ? "own" : "other"}${message.buttons.length ? " with-buttons" : ""}`, data: { id: message.id, from: message.from.id, date: message.date },
    "aria-label": message.from.name }, view.group && !own ? avatar(message.from.id, message.from.name, "small") : null,
    h("div", { class: "stack" }, body, message.buttons.length ? keyboard(message, view) : null));
  body.addEventListener("contextmenu", (event) => { event.preventDefault(); view.openMenu(message, more); });
  body.addEventListener("click", (event) => { if (matchMedia("(hover: none)").matches && !event.target.closest("a, button, code, audio, .spoiler")) view.openMenu(message, more); });
  body.addEventListener("dblclick", () => view.reply(message));
  return row;
}

// An unseen copy of the time at the end of the text keeps room for the real one.
function metaSpace(message, view) {
  const time = clockTime(new Date(message.date * 1000), view.language);
  return `${message.silent && message.from.bot ? "🔕 " : ""}${message.edited ? `${view.words.edited} ` : ""}${time}`;
}
