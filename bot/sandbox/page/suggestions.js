// The list above the input: a bot's commands while "/" is typed, its inline results while "@bot …" is.

import { h } from "./dom.js";

const PAUSE = 350;

export class Suggestions {
  constructor(composer) {
    this.composer = composer;
    this.commands = [];
    this.items = [];
    this.next = "";
    this.at = 0;
    this.element = h("div", { class: "suggestions", role: "listbox", hidden: true, "aria-label": composer.words.menu, onscroll: () => this.more() });
  }

  get open() { return !this.element.hidden; }

  close() {
    this.element.hidden = true;
    clearTimeout(this.timer);
    this.asked = "";
  }

  typed(text) {
    const command = /^\/(\w*)$/.exec(text);
    const bot = this.composer.conversation.chat.bot;
    const inline = bot && text.toLowerCase().startsWith(`@${bot.toLowerCase()} `) ? text.slice(bot.length + 2) : null;
    if (command) this.showCommands(command[1]);
    else if (inline !== null) this.ask(inline);
    else this.close();
  }

  showCommands(prefix) {
    const found = this.commands.filter((one) => one.command.startsWith(prefix.toLowerCase()));
    this.show(found.map((one) => ({
      content: [h("b", {}, `/${one.command}`), h("span", {}, one.description)],
      choose: () => { this.composer.setText(""); this.composer.conversation.act("say", { text: `/${one.command}` }); },
      complete: () => this.composer.setText(`/${one.command} `),
    })));
  }

  ask(text) {
    clearTimeout(this.timer);
    this.asked = text;
    this.timer = setTimeout(() => this.load(text, ""), PAUSE);
  }

  async load(text, offset) {
    const found = await this.composer.askInline(text, offset);
    if (!found || this.asked !== text) return;
    if (!found.results.length && !offset) {
      this.element.replaceChildren(h("div", { class: "none" }, found.answered ? this.composer.words.nothing : this.composer.words.noAnswer));
      this.items = [];
      this.element.hidden = false;
      return;
    }
    const items = found.results.map((result) => ({
      content: [h("b", {}, result.title ?? result.id), h("span", {}, result.description ?? "")],
      choose: () => { this.composer.setText(""); this.composer.conversation.act("choose", { result }); },
    }));
    if (offset) this.add(items);
    else this.show(items);
    this.next = found.next_offset;
  }

  // More of the results, once the end of the list comes into view.
  more() {
    const { element, next } = this;
    if (!next || element.scrollTop + element.clientHeight < element.scrollHeight - 80) return;
    this.next = "";
    this.load(this.asked, next);
  }

  show(items) {
    this.items = [];
    this.next = "";
    this.at = 0;
    this.element.hidden = items.length === 0;
    this.element.replaceChildren();
    this.add(items);
    this.mark();
  }

  add(items) {
    this.items.push(...items);
    this.element.append(...items.map((item) => h("button", { type: "button", role: "option", tabindex: -1, onclick: () => { this.close(); item.choose(); } }, item.content)));
  }

  mark() {
    [...this.element.children].forEach((child, index) => child.setAttribute("aria-selected", String(index === this.at)));
    this.element.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  // True when the key was for the list.
  key(event) {
    if (!this.open || !this.items.length) {
      if (event.key === "Escape" && this.open) { this.close(); return true; }
      return false;
    }
    const item = this.items[this.at];
    if (event.key === "ArrowDown") this.at = (this.at + 1) % this.items.length;
    else if (event.key === "ArrowUp") this.at = (this.at + this.items.length - 1) % this.items.length;
    else if (event.key === "Enter" && !event.shiftKey) { this.close(); item.choose(); }
    else if (event.key === "Tab" && item.complete) item.complete();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    this.mark();
    return true;
  }
}
