// What floats above the chat: menus, toasts, alerts, forms, the photo viewer.

import { h } from "./dom.js";
import { icon } from "./icons.js";

let openMenu = null;

export function closeMenu() {
  if (!openMenu) return;
  const { element, anchor } = openMenu;
  openMenu = null;
  element.remove();
  if (anchor.isConnected && anchor.focus) anchor.focus({ preventScroll: true });
}

// items: [label, act] pairs; the menu opens beside the anchor and closes on Escape, a choice or a click elsewhere.
export function menu(anchor, items, label) {
  closeMenu();
  const choose = (act) => () => { closeMenu(); act(); };
  const element = h("div", { class: "popup-menu", role: "menu", "aria-label": label, lang: anchor.closest("[lang]")?.lang },
    items.map(([text, act]) => h("button", { type: "button", role: "menuitem", onclick: choose(act) }, text)));
  element.addEventListener("keydown", (event) => {
    const buttons = [...element.children];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[(at + 1) % buttons.length].focus();
    else if (event.key === "ArrowUp") buttons[(at + buttons.length - 1) % buttons.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") closeMenu();
    else return;
    event.preventDefault();
  });
  document.body.append(element);
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = element;
  element.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  element.style.top = `${at.bottom + height + 8 < innerHeight ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
  openMenu = { element, anchor };
  element.firstElementChild?.focus({ preventScroll: true });
}

document.addEventListener("pointerdown", (event) => {
  if (openMenu && !openMenu.element.contains(event.target)) closeMenu();
}, true);

export function toast(place, text) {
  const element = h("div", { class: "toast", role: "status" }, text);
  place.append(element);
  setTimeout(() => element.classList.add("leaving"), 2800 + Math.min(text.length, 100) * 25);
  element.addEventListener("animationend", (event) => { if (event.animationName === "toast-out") element.remove(); });
}

function dialog(...content) {
  const element = h("dialog", {}, content);
  element.addEventListener("close", () => element.remove());
  element.addEventListener("click", (event) => { if (event.target === element) element.close(); });
  document.body.append(element);
  element.showModal();
  return element;
}

export function alertBox(text, words) {
  const box = dialog(h("p", { class: "alert-text" }, text),
    h("div", { class: "dialog-buttons" }, h("button", { type: "button", class: "primary", onclick: () => box.close() }, words.ok)));
}

export function viewPhoto(source, label, words) {
  const box = dialog(h("button", { type: "button", class: "round close-photo", "aria-label": words.cancel, onclick: () => box.close() }, icon("close")),
    h("img", { src: source, alt: label }));
  box.classList.add("photo-view");
}

export function contactForm(words, send) {
  const name = h("input", { name: "name", required: true, maxlength: 64, autocomplete: "off" });
  const phone = h("input", { name: "phone", required: true, type: "tel", maxlength: 32, autocomplete: "off" });
  const submit = (event) => { event.preventDefault(); box.close(); send(name.value.trim(), phone.value.trim()); };
  const box = dialog(h("form", { onsubmit: submit },
    h("h2", {}, words.contact), h("label", {}, words.name, name), h("label", {}, words.phone, phone),
    h("div", { class: "dialog-buttons" },
      h("button", { type: "button", onclick: () => box.close() }, words.cancel), h("button", { class: "primary" }, words.send))));
}
