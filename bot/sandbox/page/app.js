// The page: who is shown (from the address), one column a person, one stream of events for all.

import { listen, overview, post } from "./api.js";
import { Bar } from "./bar.js";
import { Column } from "./column.js";
import { setClock } from "./time.js";
import { languageOf } from "./words.js";

const MOST_LISTENED = 12;
const MOST_COLUMNS = 3;

class App {
  constructor() {
    this.root = document.getElementById("columns");
    this.bar = new Bar(document.getElementById("bar"));
    this.columns = [];
    this.unread = new Map();
  }

  async start() {
    const found = await overview();
    const query = new URLSearchParams(location.search);
    setClock(found.now, found.zone);
    this.people = found.people;
    const wanted = (query.get("as") ?? "").split(",").map((key) => this.person(key)).filter(Boolean).slice(0, MOST_COLUMNS);
    const shown = wanted.length ? wanted : [this.people[0]];
    this.listened = [...new Set([...shown, ...this.people])].slice(0, MOST_LISTENED).map((one) => one.key);
    for (const person of shown) this.place(new Column(this, person, query.get("start") ?? ""));
    this.overview = found;
    this.bar.show(found, languageOf(shown[0]));
    this.connect(found.seq);
    await Promise.all([...this.columns.map((column) => column.load()), this.countUnread()]);
    this.ready();
  }

  connect(seq) {
    this.source?.close();
    this.source = listen(this.listened, seq, (event) => this.event(event), () => this.reload(),
      (connected) => document.body.classList.toggle("offline", !connected));
  }

  ready() { document.body.dataset.ready = "true"; }

  person(key) { return this.people.find((one) => one.key === key); }

  know(person) {
    this.people = this.people.map((one) => (one.key === person.key ? person : one));
    this.bar.show(this.overview, languageOf(this.columns[0].person));
  }

  place(column) {
    this.columns.push(column);
    this.root.append(column.element);
    this.layout();
  }

  layout() {
    this.root.dataset.columns = this.columns.length;
    const query = new URLSearchParams(location.search);
    query.set("as", this.columns.map((column) => column.person.key).join(","));
    query.delete("start");
    history.replaceState(null, "", `?${query.toString().replaceAll("%2C", ",")}`);
    for (const column of this.columns) column.people();
  }

  async replace(column, key) {
    const at = this.columns.indexOf(column);
    const fresh = new Column(this, this.person(key));
    this.columns[at] = fresh;
    column.element.replaceWith(fresh.element);
    this.hear(key);
    this.layout();
    await fresh.load();
  }

  async add() {
    if (this.columns.length >= MOST_COLUMNS) return;
    const shown = new Set(this.columns.map((column) => column.person.key));
    const person = this.people.find((one) => !shown.has(one.key)) ?? this.people[0];
    const column = new Column(this, person);
    this.place(column);
    this.hear(person.key);
    await column.load();
  }

  remove(column) {
    if (this.columns.length === 1) return;
    this.columns.splice(this.columns.indexOf(column), 1);
    column.element.remove();
    this.layout();
  }

  hear(key) {
    if (this.listened.includes(key)) return;
    this.listened.push(key);
    overview().then((found) => this.connect(found.seq));
  }

  event(event) {
    this.bar.event(event);
    if (event.kind === "people") { this.renew(); return; }
    if (event.line) {
      const counts = this.unread.get(event.as) ?? new Map();
      this.unread.set(event.as, counts.set(event.chat, event.line.unread));
    }
    for (const column of this.columns) {
      if (column.person.key === event.as) column.event(event);
      else if (event.line) column.people();
    }
    this.title();
  }

  // People or groups changed: once a burst of such events is over, read both anew.
  renew() {
    clearTimeout(this.renewing);
    this.renewing = setTimeout(async () => {
      this.people = (await overview()).people;
      await this.reload();
    }, 150);
  }

  async reload() {
    setClock((await overview()).now);
    await Promise.all([...this.columns.map((column) => column.load()), this.countUnread()]);
  }

  async countUnread() {
    await Promise.all(this.listened.map(async (key) => {
      const chats = await post("chats", { as: key });
      this.unread.set(key, new Map(chats.map((chat) => [chat.key, chat.unread])));
    }));
    for (const column of this.columns) column.people();
    this.title();
  }

  unreadOf(key) { return [...(this.unread.get(key)?.values() ?? [])].reduce((sum, one) => sum + one, 0); }

  unreadElsewhere() {
    const shown = new Set(this.columns.map((column) => column.person.key));
    return [...this.unread.keys()].filter((key) => !shown.has(key)).reduce((sum, key) => sum + this.unreadOf(key), 0);
  }

  title() {
    const unread = this.columns.reduce((sum, column) => sum + this.unreadOf(column.person.key), 0);
    document.title = unread ? `(${unread}) Chats` : "Chats";
  }
}

const app = new App();
document.addEventListener("visibilitychange", () => app.columns.forEach((column) => column.conversation?.markRead()));
app.start();
