// The demo's bar: the clock and what can be made to happen. Hidden where nothing was handed in.

import { post } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { toast } from "./popups.js";
import { clockTime, now, setClock, shortDay } from "./time.js";
import { digits } from "./words.js";

const TEXT = {
  en: { now: "now", minutes: "+10 min", hour: "+1 h", tomorrow: "Next 09:00", down: "Telegram down 30 s", isDown: "Telegram is down", label: "The demo's clock and world" },
  bn: { now: "এখন", minutes: "+১০ মিনিট", hour: "+১ ঘণ্টা", tomorrow: "পরের সকাল ৯টা", down: "Telegram ৩০ সে. বন্ধ", isDown: "Telegram বন্ধ", label: "ডেমোর ঘড়ি ও ঘটনা" },
};

export class Bar {
  constructor(element) {
    this.element = element;
    this.place = h("div", { class: "bar-toasts", "aria-live": "polite" });
    document.body.append(this.place);
  }

  show(overview, language) {
    const text = TEXT[language];
    this.language = language;
    this.element.hidden = !overview.clock && !overview.world.length;
    this.element.lang = language;
    this.element.setAttribute("aria-label", text.label);
    this.time = h("b", { class: "now" });
    this.downButton = this.button(text.down, () => post("down", { seconds: 30 }), "danger");
    const clock = overview.clock ? h("div", { class: "group" }, h("span", { class: "clock" }, icon("clock"), h("span", { class: "visually-hidden" }, text.now), this.time),
      [[text.minutes, 10], [text.hour, 60], [text.tomorrow, "next 09:00"]].map(([label, move]) => this.button(label, () => this.move(move)))) : null;
    const world = h("div", { class: "group" }, overview.world.map((one) => this.button(one[language], async () => {
      const { done } = await post(`world/${encodeURIComponent(one.key)}`);
      toast(this.place, done?.[language] ?? one[language]);
    })), this.downButton);
    this.element.replaceChildren(...[clock, world].filter(Boolean));
    this.tick();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), 5000);
  }

  tick() {
    if (this.time) this.time.textContent = `${shortDay(now(), this.language)} ${clockTime(now(), this.language)}`;
  }

  button(label, act, extra = "") {
    const element = h("button", { type: "button", class: extra, onclick: async () => {
      element.disabled = true;
      try { await act(); } catch (error) { toast(this.place, error.message); }
      element.disabled = false;
    } }, label);
    return element;
  }

  async move(wish) {
    setClock((await post("clock", { move: wish })).now);
    this.tick();
  }

  event(event) {
    if (event.kind === "clock") { setClock(event.now); this.tick(); }
    if (event.kind === "down") this.countDown(event.seconds);
  }

  countDown(seconds) {
    clearInterval(this.falling);
    const end = Date.now() + seconds * 1000;
    const text = TEXT[this.language];
    const step = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      this.downButton.classList.toggle("active", left > 0);
      this.downButton.textContent = left > 0 ? `${text.isDown}: ${digits(left, this.language)}` : text.down;
      if (left <= 0) clearInterval(this.falling);
    };
    this.falling = setInterval(step, 500);
    step();
  }
}
