// One person's app: who they are, their chats, the chat that is open.

import { post } from "./api.js";
import { Conversation } from "./conversation.js";
import { avatar, h } from "./dom.js";
import { icon } from "./icons.js";
import { toast } from "./popups.js";
import { listTime } from "./time.js";
import { digits, languageOf, words } from "./words.js";

export class Column {
  constructor(app, person, startCode = "") {
    Object.assign(this, { app, person, startCode, chats: new Map(), conversation: null });
    this.element = h("section", { class: "column" });
    this.build();
  }

  build() {
    this.language = languageOf(this.person);
    this.words = words(this.language);
    const { words: say, person } = this;
    this.select = h("select", { "aria-label": say.person, onchange: () => this.app.replace(this, this.select.value) });
    this.others = h("span", { class: "badge others", hidden: true });
    this.listElement = h("nav", { class: "chat-list", "aria-label": say.chats });
    this.place = h("div", { class: "place" }, h("div", { class: "pick" }, say.pick));
    this.element.lang = this.language;
    this.element.setAttribute("aria-label", person.name);
    this.element.replaceChildren(
      h("header", { class: "who" }, avatar(person.id, person.name, "small"),
        h("label", { class: "who-select" }, this.select, icon("chevron")), this.others,
        h("span", { class: "who-tag", title: say.language }, this.language === "bn" ? "বাং" : "EN"),
        h("button", { type: "button", class: "round add", "aria-label": say.addColumn, title: say.addColumn, onclick: () => this.app.add() }, icon("plus")),
        h("button", { type: "button", class: "round remove", "aria-label": say.closeColumn, title: say.closeColumn, onclick: () => this.app.remove(this) }, icon("close"))),
      h("div", { class: "panes" }, this.listElement, this.place));
    this.people();
  }

  people() {
    const options = this.app.people.map((one) => {
      const unread = one.key === this.person.key ? 0 : this.app.unreadOf(one.key);
      const label = [one.name, one.title].filter(Boolean).join(" · ") + (unread ? ` (${digits(unread, this.language)})` : "");
      return h("option", { value: one.key, selected: one.key === this.person.key }, label);
    });
    this.select.replaceChildren(...options);
    const elsewhere = this.app.unreadElsewhere();
    this.others.hidden = !elsewhere;
    this.others.textContent = elsewhere ? digits(elsewhere, this.language) : "";
  }

  async load() {
    const found = await post("chats", { as: this.person.key });
    this.chats = new Map(found.map((chat) => [chat.key, chat]));
    this.drawList();
    const open = this.conversation && this.chats.get(this.conversation.chat.key);
    if (open) { this.conversation.setChat(open); await this.conversation.load(); }
    else if (found.length) await this.open(this.preferred(found));
  }

  preferred(found) { return (found.find((chat) => chat.type === "private" && this.startCode) ?? found.find((chat) => chat.type === "private") ?? found[0]).key; }

  drawList() {
    const sorted = [...this.chats.values()].sort((one, two) => (two.last?.date ?? 0) - (one.last?.date ?? 0));
    this.listElement.replaceChildren(...sorted.map((chat) => this.line(chat)));
  }

  line(chat) {
    const { last } = chat;
    const own = last && last.from.id === this.person.id;
    const sender = last && chat.type !== "private" && !own ? `${last.from.name.split(" ")[0]}: ` : "";
    const current = this.conversation?.chat.key === chat.key;
    const badge = chat.unread ? h("span", { class: `badge${chat.unread_ringing ? "" : " quiet"}`,
      "aria-label": `${chat.unread} ${this.words.newMessages}${chat.unread_ringing ? "" : `, ${this.words.silently}`}` },
    chat.unread_ringing ? null : icon("muted"), digits(chat.unread, this.language)) : null;
    return h("button", { type: "button", class: "chat-line", "aria-current": current ? "true" : undefined, onclick: () => this.open(chat.key) },
      avatar(chat.face, chat.title), h("span", { class: "line-text" },
        h("span", { class: "line-top" }, h("b", {}, chat.title), last ? h("time", {}, listTime(new Date(last.date * 1000), this.language)) : null),
        h("span", { class: "line-bottom" }, h("span", { class: "excerpt" }, last ? sender + last.excerpt : chat.started ? this.words.empty : this.words.start), badge)));
  }

  async open(key) {
    const chat = this.chats.get(key);
    if (!chat) return;
    const code = chat.type === "private" ? this.startCode : "";
    this.startCode = code ? "" : this.startCode;
    this.conversation = new Conversation(this, chat, code);
    this.place.replaceChildren(this.conversation.element);
    this.element.classList.add("in-chat");
    this.drawList();
    await this.conversation.load();
    if (matchMedia("(hover: hover)").matches && !document.querySelector("dialog")) this.conversation.composer.input.focus({ preventScroll: true });
  }

  close() {
    this.element.classList.remove("in-chat");
    this.conversation = null;
    this.place.replaceChildren(h("div", { class: "pick" }, this.words.pick));
    this.drawList();
    this.listElement.querySelector("button")?.focus();
  }

  // A start link of a bot: its chat opens with a Start button that carries the code.
  start(bot, code) {
    const chat = [...this.chats.values()].find((one) => one.type === "private" && one.bot.toLowerCase() === bot.toLowerCase());
    if (!chat) { if (this.conversation) toast(this.conversation.toasts, `@${bot}?`); return; }
    this.startCode = code;
    this.open(chat.key);
  }

  async switchLanguage() {
    this.person = await post("language", { as: this.person.key, code: this.language === "bn" ? "en" : "bn" });
    this.app.know(this.person);
    const open = this.conversation?.chat.key;
    this.build();
    this.conversation = null;
    await this.load();
    if (open) await this.open(open);
  }

  event(event) {
    if (event.line) {
      const before = this.chats.get(event.chat);
      this.chats.set(event.chat, event.line);
      this.drawList();
      const open = this.conversation?.chat.key === event.chat;
      if (event.kind === "message" && !open && event.line.unread > (before?.unread ?? 0) && event.line.unread_ringing) this.ring(event.chat);
    }
    if (this.conversation && (event.chat === this.conversation.chat.key || !event.chat)) this.conversation.event(event);
  }

  ring(key) {
    const at = [...this.chats.values()].sort((one, two) => (two.last?.date ?? 0) - (one.last?.date ?? 0)).findIndex((chat) => chat.key === key);
    this.listElement.children[at]?.classList.add("ringing");
  }
}
