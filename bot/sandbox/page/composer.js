// The input field: text, reply and edit banners, attachments, command menu, reply keyboard, inline results.

import { post, upload } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { contactForm, menu } from "./popups.js";
import { Suggestions } from "./suggestions.js";

export class Composer {
  constructor(conversation) {
    this.conversation = conversation;
    this.words = conversation.words;
    this.mode = null;
    const { words } = this;
    this.input = h("textarea", { rows: 1, placeholder: words.message, "aria-label": words.message, enterkeyhint: "send", dir: "auto", maxlength: 20000,
      onkeydown: (event) => this.key(event), oninput: () => this.typed(), onpaste: (event) => this.paste(event) });
    this.banner = h("div", { class: "banner", hidden: true });
    this.files = h("input", { type: "file", hidden: true, tabindex: -1, "aria-hidden": "true" });
    this.attachButton = this.round("attach", words.attach, () => this.attachMenu());
    this.menuButton = this.round("menu", words.menu, () => this.toggleMenu());
    this.keyboardButton = this.round("keyboard", words.keyboard, () => this.toggleKeyboard());
    this.sendButton = h("button", { type: "button", class: "round send", "aria-label": words.send, onclick: () => this.send() }, icon("send"));
    this.field = h("div", { class: "field" }, this.menuButton, this.input, this.keyboardButton, this.attachButton);
    this.line = h("div", { class: "line" }, this.field, this.sendButton);
    this.startButton = h("button", { type: "button", class: "start", onclick: () => this.start() });
    this.keys = h("div", { class: "reply-keyboard", hidden: true });
    this.suggestions = new Suggestions(this);
    this.element = h("footer", { class: "composer" }, this.suggestions.element, this.banner, this.line, this.startButton, this.keys, this.files);
    this.keysShown = true;
    this.typed();
  }

  round(name, label, act) {
    return h("button", { type: "button", class: `round ${name}`, "aria-label": label, title: label, onclick: act }, icon(name));
  }

  get target() { return this.conversation.target; }

  // Show what fits the chat's state: field, start button, keyboard.
  update(chat) {
    const code = this.conversation.startCode;
    const waiting = !chat.started || chat.blocked || Boolean(code);
    this.line.hidden = waiting;
    this.startButton.hidden = !waiting;
    this.startButton.textContent = chat.blocked ? this.words.restart : this.words.start;
    const rows = chat.keyboard?.keyboard ?? [];
    const shown = JSON.stringify(chat.keyboard);
    if (shown !== this.shownKeyboard) {
      this.shownKeyboard = shown;
      this.keysShown = true;
      this.keys.replaceChildren(...rows.map((row) => h("div", { class: "row" }, row.map((key) =>
        h("button", { type: "button", onclick: () => this.pressKey(key) }, key.text)))));
    }
    this.keyboardButton.hidden = rows.length === 0;
    this.keys.hidden = waiting || rows.length === 0 || !this.keysShown;
    this.input.placeholder = chat.keyboard?.input_field_placeholder || this.words.message;
  }

  setCommands(commands) {
    this.suggestions.commands = commands;
    this.menuButton.hidden = commands.length === 0;
  }

  toggleKeyboard() {
    this.keysShown = !this.keysShown;
    this.keys.hidden = !this.keysShown;
    this.conversation.toEnd();
  }

  toggleMenu() {
    if (this.suggestions.open) this.suggestions.close();
    else this.suggestions.showCommands("");
    this.input.focus();
  }

  pressKey(key) {
    if (key.request_contact) this.conversation.act("contact", {});
    else this.conversation.act("say", { text: key.text });
  }

  async start() {
    const { chat } = this.conversation;
    if (chat.blocked) await this.conversation.act("block", { blocked: false });
    const code = this.conversation.startCode;
    this.conversation.startCode = "";
    await this.conversation.act("say", { text: code ? `/start ${code}` : "/start" });
    this.update(this.conversation.chat);
  }

  key(event) {
    if (event.isComposing || this.suggestions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.send(); }
    else if (event.key === "Escape" && this.mode) this.setMode(null);
    else if (event.key === "ArrowUp" && !this.input.value && !this.mode) {
      const last = this.conversation.lastOwn();
      if (last) { event.preventDefault(); this.setMode({ kind: "edit", message: last }); }
    }
  }

  typed() {
    this.input.style.height = "auto";
    if (this.input.value) this.input.style.height = `${Math.min(this.input.scrollHeight, 160)}px`;
    this.sendButton.classList.toggle("ready", Boolean(this.input.value.trim()));
    this.suggestions.typed(this.input.value);
  }

  setText(text) {
    this.input.value = text;
    this.typed();
    this.input.focus();
  }

  // mode: null, { kind: "reply", message } or { kind: "edit", message }
  setMode(mode) {
    if (this.mode?.kind === "edit" || mode?.kind === "edit") this.setText(mode?.kind === "edit" ? mode.message.text : "");
    this.mode = mode;
    this.banner.hidden = !mode;
    if (mode) {
      const title = mode.kind === "edit" ? this.words.editing : `${this.words.replyTo} ${mode.message.from.name}`;
      this.banner.replaceChildren(icon(mode.kind), h("div", { class: "banner-text" }, h("b", {}, title), h("span", {}, mode.message.text.split("\n")[0])),
        this.round("close", this.words.cancel, () => this.setMode(null)));
    }
    this.input.focus();
  }

  replyTo() {
    const id = this.mode?.kind === "reply" ? this.mode.message.id : undefined;
    if (id) this.setMode(null);
    return id;
  }

  async send() {
    const text = this.input.value.trim();
    if (!text) return;
    const mode = this.mode;
    this.setMode(null);
    this.setText("");
    if (mode?.kind === "edit") await this.conversation.act("edit", { message: mode.message.id, text });
    else await this.conversation.act("say", { text, reply_to: mode?.message.id });
  }

  attachMenu() {
    const { words } = this;
    menu(this.attachButton, [
      [words.photo, () => this.pick("photo", "image/*")],
      [words.file, () => this.pick("document", "")],
      [words.voice, () => this.pick("voice", "audio/*")],
      [words.ownContact, () => this.conversation.act("contact", { reply_to: this.replyTo() })],
      [words.otherContact, () => contactForm(words, (name, phone) => this.conversation.act("contact", { phone, first_name: name, reply_to: this.replyTo() }))],
    ], words.attach);
  }

  pick(kind, accept) {
    this.files.accept = accept;
    this.files.value = "";
    this.files.onchange = () => { if (this.files.files[0]) this.sendFile(kind, this.files.files[0]); };
    this.files.click();
  }

  paste(event) {
    const file = event.clipboardData?.files?.[0];
    if (!file) return;
    event.preventDefault();
    this.sendFile(file.type.startsWith("image/") ? "photo" : "document", file);
  }

  async sendFile(kind, file) {
    const caption = this.input.value.trim();
    this.setText("");
    await this.conversation.attempt(upload({ ...this.target, kind, caption, reply_to: this.replyTo() }, file));
  }

  async askInline(text, offset) {
    return this.conversation.attempt(post("inline", { ...this.target, text, offset }));
  }
}
