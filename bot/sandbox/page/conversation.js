// One open chat: its header, its messages as they come and change, and the composer.

import { post } from "./api.js";
import { bubble } from "./bubble.js";
import { Composer } from "./composer.js";
import { avatar, h } from "./dom.js";
import { icon } from "./icons.js";
import { alertBox, menu, toast, viewPhoto } from "./popups.js";
import { dayKey, dayName } from "./time.js";
import { digits, words } from "./words.js";

const PAGE = 100;

export class Conversation {
  constructor(column, chat, startCode = "") {
    Object.assign(this, { column, chat, startCode, person: column.person, language: column.language, words: words(column.language) });
    this.messages = new Map();
    this.subtitle = h("span", { class: "subtitle" });
    this.log = h("div", { class: "log", role: "log", "aria-label": chat.title, tabindex: 0, onscroll: () => this.scrolled() });
    this.downButton = h("button", { type: "button", class: "round to-end", hidden: true, "aria-label": this.words.latest, onclick: () => this.toEnd(true) }, icon("down"));
    this.toasts = h("div", { class: "toasts", "aria-live": "polite" });
    this.composer = new Composer(this);
    const options = h("button", { type: "button", class: "round", "aria-label": this.words.options, "aria-haspopup": "menu", onclick: () => this.options(options) }, icon("more"));
    this.element = h("section", { class: "conversation", "aria-label": chat.title },
      h("header", { class: "chat-header" },
        h("button", { type: "button", class: "round back", "aria-label": this.words.back, onclick: () => column.close() }, icon("back")),
        avatar(chat.face, chat.title), h("div", { class: "chat-name" }, h("b", {}, chat.title), this.subtitle), options),
      h("div", { class: "log-frame" }, this.log, this.downButton, this.toasts), this.composer.element);
    this.view = { person: this.person, language: this.language, words: this.words, group: chat.type !== "private", press: (...all) => this.press(...all),
      openMenu: (...all) => this.messageMenu(...all), reply: (message) => this.composer.setMode({ kind: "reply", message }), jump: (id) => this.jump(id),
      viewPhoto: (message, source) => viewPhoto(source, message.text || this.words.photo, this.words),
      actions: { command: (text) => this.act("say", { text }), copy: (text) => this.copy(text), phone: (text, at) => this.phone(text, at), start: (bot, code) => column.start(bot, code) } };
    this.setChat(chat);
    this.sticky = true;
    const stay = () => { if (this.sticky) this.toEnd(); };
    new ResizeObserver(stay).observe(this.log);
    this.log.addEventListener("load", stay, true);
  }

  get target() { return { as: this.person.key, chat: this.chat.key }; }

  async load() {
    const found = await this.attempt(post("messages", { chat: this.chat.key, limit: PAGE }));
    this.complete = !found || found.length < PAGE;
    this.messages = new Map((found ?? []).map((message) => [message.id, message]));
    this.draw();
    this.toEnd();
    this.markRead();
    this.loadCommands();
  }

  async loadCommands() {
    this.composer.setCommands((await this.attempt(post("commands", this.target))) ?? []);
  }

  setChat(chat) {
    this.chat = chat;
    this.composer.update(chat);
    this.showSubtitle();
  }

  showSubtitle(typing = false) {
    const members = `${digits(this.chat.members, this.language)} ${this.words.members}`;
    this.subtitle.textContent = typing ? this.words.typing : this.chat.type === "private" ? this.words.bot : members;
    this.subtitle.classList.toggle("typing", typing);
    clearTimeout(this.typing);
    if (typing) this.typing = setTimeout(() => this.showSubtitle(), 5000);
  }

  // Drawing: days, bubbles, and which bubble ends a group of one sender.
  draw() {
    const nodes = [];
    let before = null;
    for (const message of [...this.messages.values()].sort((one, two) => one.id - two.id)) {
      nodes.push(...this.nodes(message, before));
      before = message;
    }
    if (!nodes.length) nodes.push(h("div", { class: "empty" }, avatar(this.chat.face, this.chat.title, "large"), h("b", {}, this.chat.title),
      h("p", {}, this.chat.description || (this.chat.started ? this.words.empty : this.words.who))));
    this.log.replaceChildren(...nodes);
  }

  nodes(message, before) {
    const date = new Date(message.date * 1000);
    const node = bubble(message, this.view);
    if (before && !before.service && before.from.id === message.from.id && message.date - before.date < 300) node.classList.add("follows");
    if (before && dayKey(new Date(before.date * 1000)) === dayKey(date)) return [node];
    return [h("div", { class: "day" }, h("span", {}, dayName(date, this.language, this.words))), node];
  }

  node(id) { return this.log.querySelector(`[data-id="${Number(id)}"]`); }

  event(event) {
    if (event.line) this.setChat(event.line);
    if (event.kind === "typing") this.showSubtitle(true);
    if (event.kind === "toast") this.showToast(event);
    if (event.kind === "commands") this.loadCommands();
    if (!event.message) return;
    const { message } = event;
    const end = this.atEnd();
    if (event.kind === "deleted" || message.deleted) this.remove(message.id);
    else if (this.messages.has(message.id)) this.replace(message);
    else if (event.kind === "message") this.append(message);
    if (end || (event.kind === "message" && message.from.id === this.person.id)) this.toEnd(true);
    this.scrolled();
    if (event.kind === "message") this.markRead();
  }

  append(message) {
    const before = [...this.messages.values()].pop();
    if (!before) this.log.replaceChildren();
    this.messages.set(message.id, message);
    const nodes = this.nodes(message, before);
    this.log.append(...nodes);
    const node = nodes[nodes.length - 1];
    node.classList.add("arriving");
    if (message.from.bot) {
      this.showSubtitle();
      if (!message.silent) node.classList.add("ringing");
    }
  }

  replace(message) {
    this.messages.set(message.id, message);
    const old = this.node(message.id);
    const fresh = bubble(message, this.view);
    fresh.classList.toggle("follows", old.classList.contains("follows"));
    const focused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(".inline-keyboard button, .more")?.focus({ preventScroll: true });
  }

  remove(id) {
    this.messages.delete(id);
    this.draw();
  }

  atEnd() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60; }

  toEnd(smooth = false) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  }

  async scrolled() {
    this.sticky = this.atEnd();
    this.downButton.hidden = this.sticky;
    if (this.log.scrollTop > 60 || this.complete || this.loading || !this.messages.size) return;
    this.loading = true;
    const found = (await this.attempt(post("messages", { chat: this.chat.key, limit: PAGE, before: Math.min(...this.messages.keys()) }))) ?? [];
    this.complete = found.length < PAGE;
    for (const message of found) this.messages.set(message.id, message);
    const fromEnd = this.log.scrollHeight - this.log.scrollTop;
    this.draw();
    this.log.scrollTop = this.log.scrollHeight - fromEnd;
    this.loading = false;
  }

  markRead() {
    if (!document.hidden && this.element.isConnected && this.chat.unread) this.attempt(post("read", this.target));
  }

  lastOwn() {
    return [...this.messages.values()].reverse().find((one) => one.from.id === this.person.id && one.text && !one.photo && !one.document);
  }

  jump(id) {
    const node = this.node(id);
    if (!node) return;
    node.scrollIntoView({ block: "center", behavior: "smooth" });
    node.classList.remove("found");
    requestAnimationFrame(() => node.classList.add("found"));
  }

  // Deeds: what fails is said in a toast, nothing is thrown further.
  async attempt(promise) {
    try { return await promise; } catch (error) { toast(this.toasts, error.message); return null; }
  }

  act(path, body) { return this.attempt(post(path, { ...this.target, ...body })); }

  async press(message, button, element) {
    if (button.url) {
      this.openUrl(button.url);
      return;
    }
    if (button.switch_inline_query_current_chat !== undefined) {
      this.composer.setText(`@${this.chat.bot} ${button.switch_inline_query_current_chat}`);
      return;
    }
    if (button.copy_text) {
      this.copy(button.copy_text.text);
      return;
    }
    if (element.classList.contains("pressed")) return;
    element.classList.add("pressed");
    element.setAttribute("aria-busy", "true");
    const answer = await this.act("press", { message: message.id, data: button.callback_data });
    element.classList.remove("pressed");
    element.removeAttribute("aria-busy");
    if (answer && !answer.answered) toast(this.toasts, this.words.noAnswer);
  }

  openUrl(url) {
    const at = new URL(url);
    if (at.hostname === "t.me" && at.searchParams.has("start")) this.column.start(at.pathname.slice(1), at.searchParams.get("start"));
    else if (["http:", "https:"].includes(at.protocol)) window.open(url, "_blank", "noopener,noreferrer");
  }

  showToast({ text, show_alert: loud, url }) {
    if (url) this.openUrl(url);
    else if (text && loud) alertBox(text, this.words);
    else if (text) toast(this.toasts, text);
  }

  async copy(text) {
    await navigator.clipboard?.writeText(text).catch(() => {});
    toast(this.toasts, this.words.copied);
  }

  phone(text, at) {
    const number = text.replace(/[^\d+]/g, "");
    menu(at, [[`${this.words.call} ${text}`, () => { location.href = `tel:${number}`; }], [this.words.copyNumber, () => this.copy(number)]], text);
  }

  messageMenu(message, anchor) {
    const own = message.from.id === this.person.id;
    const items = [[this.words.reply, () => this.composer.setMode({ kind: "reply", message })]];
    if (message.text) items.push([this.words.copy, () => this.copy(message.text)]);
    if (own && message.text && !message.photo && !message.document) items.push([this.words.edit, () => this.composer.setMode({ kind: "edit", message })]);
    items.push([this.words.forward, () => this.forwardMenu(message, anchor)]);
    if (own || this.chat.type === "private") items.push([this.words.remove, () => this.act("delete", { message: message.id })]);
    menu(anchor, items, this.words.actions);
  }

  forwardMenu(message, anchor) {
    const to = [...this.column.chats.values()].map((chat) => [chat.title,
      () => this.attempt(post("forward", { as: this.person.key, from_chat: this.chat.key, message: message.id, chat: chat.key }))]);
    menu(anchor, to, this.words.forwardTo);
  }

  options(anchor) {
    const { chat } = this;
    const items = chat.type === "private"
      ? [[chat.blocked ? this.words.unblock : this.words.block, () => this.act("block", { blocked: !chat.blocked })]]
      : chat.type === "group" ? [[this.words.supergroup, () => this.attempt(post("migrate", { chat: chat.key }))]] : [];
    items.push([`${this.words.language}: ${this.language === "bn" ? "English" : "বাংলা"}`, () => this.column.switchLanguage()]);
    menu(anchor, items, this.words.options);
  }
}
