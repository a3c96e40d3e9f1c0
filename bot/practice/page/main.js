// The whole page: whose phones are shown, what time it is there, and whether the server is.

import { element, icon, iconButton } from "./dom.js";
import { addPerson, makeGroup } from "./gathering.js";
import { openMenu } from "./menu.js";
import { Panel } from "./panel.js";
import { Phone } from "./phone.js";
import { TextPhone } from "./text_phone.js";
import { act } from "./server.js";
import { changeLanguage, dateOf, language, say, timeOf, weekdayOf } from "./words.js";
import { World } from "./world.js";

const NARROWEST = 330;
const MOST_SIDE_BY_SIDE = 6;
const STEPS = [
  [60, `+1 ${say("minute")}`],
  [600, `+10 ${say("minute")}`],
  [10_800, `+3 ${say("hours")}`],
  [86_400, `+1 ${say("day")}`],
];

const world = new World();
const phones = new Map();
const chips = new Map();
let shown = [];
let sound = null;

const at = (id) => document.getElementById(id);
const panel = new Panel(world, at("phones"), () => arrange());

function capacity() {
  const room = Math.floor((at("phones").clientWidth - 16) / NARROWEST);
  return Math.max(1, Math.min(room, MOST_SIDE_BY_SIDE));
}

/** The phones side by side: who was asked for last stays, in the order of people. */
function arrange(wanted = null) {
  const everybody = [...phones.keys()];
  shown = shown.filter((id) => phones.has(id) && id !== wanted);
  if (wanted !== null) shown.push(wanted);
  shown = shown.slice(-capacity());
  for (const id of everybody) {
    if (shown.length < Math.min(capacity(), everybody.length) && !shown.includes(id)) {
      shown.unshift(id);
    }
  }
  at("phones").style.setProperty("--columns", String(shown.length || 1));
  for (const [id, phone] of phones) phone.appear(shown.includes(id));
  drawChips();
}

function drawChips() {
  for (const [id, phone] of phones) {
    if (!chips.has(id)) {
      const choose = () => {
        arrange(id);
        chips.get(id).scrollIntoView({ block: "nearest", inline: "nearest" });
      };
      chips.set(id, element("button", { type: "button", class: "chip", onclick: choose }));
      at("people").append(chips.get(id));
    }
    drawChip(chips.get(id), id, phone);
  }
}

function drawChip(chip, id, phone) {
  const invited = world.invitationsFor(phone.person).length > 0 && !shown.includes(id);
  const state = JSON.stringify([phone.unread, phone.unreadSilently, invited, phone.person.airplane]);
  chip.setAttribute("aria-pressed", String(shown.includes(id)));
  if (chip.dataset.state === state) return;
  chip.dataset.state = state;
  const badge = phone.unread
    ? element("span", { class: "badge", title: say("unread") }, String(Math.min(phone.unread, 99)))
    : phone.unreadSilently
      ? element("span", { class: "dot", role: "img", "aria-label": say("unread") })
      : null;
  const letter = invited
    ? element("span", { class: "chip-sign", role: "img", "aria-label": say("has an invitation") }, icon("letter"))
    : null;
  const plane = phone.person.airplane
    ? element("span", { class: "chip-sign", role: "img", "aria-label": say("No network") }, icon("airplane"))
    : null;
  chip.replaceChildren(...[element("span", {}, phone.name), plane, letter, badge].filter(Boolean));
}

function everybodyAppears() {
  for (const id of [...phones.keys()]) {
    if (world.people.has(id) || world.texts.has(id)) continue;
    phones.get(id).element.remove();
    phones.delete(id);
    chips.get(id)?.remove();
    chips.delete(id);
  }
  for (const id of [...world.people.keys(), ...world.texts.keys()]) {
    if (phones.has(id)) continue;
    const phone = world.texts.has(id) ? new TextPhone(world, id) : new Phone(world, id);
    phones.set(id, phone);
    at("phones").append(phone.element);
  }
}

function updateAll() {
  everybodyAppears();
  for (const phone of phones.values()) phone.update();
  drawClock();
  if (shown.some((id) => !phones.has(id)) || shown.length < Math.min(capacity(), phones.size)) arrange();
  else drawChips();
}

function heardMessages({ chat, message, isNew }) {
  let called = false;
  for (const phone of phones.values()) {
    if (!chat.members.includes(phone.id)) continue;
    if (phone.chat.id === chat.id) phone.show();
    if (isNew && phone.arrived(chat, message)) called = true;
  }
  if (called && sound) chime();
  drawChips();
}

function heardText({ number, message }) {
  const phone = phones.get(number);
  phone?.show();
  if (phone?.arrived(phone.chat, message) && sound) chime();
  drawChips();
}

function chime() {
  const start = sound.currentTime;
  for (const [place, pitch] of [587.3, 880].entries()) {
    const [tone, volume] = [sound.createOscillator(), sound.createGain()];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, start + place * 0.12);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + place * 0.12 + 0.35);
    tone.connect(volume).connect(sound.destination);
    tone.start(start + place * 0.12);
    tone.stop(start + place * 0.12 + 0.4);
  }
}

function drawClock() {
  if (!world.now) return;
  const face = at("clock-face");
  const words = `${dateOf(world.now)} ${timeOf(world.now)}`;
  if (face.dataset.words === words) return;
  face.dataset.words = words;
  face.replaceChildren(
    element("span", { class: "weekday" }, weekdayOf(world.now)),
    element("time", { datetime: world.now.toISOString() }, words),
  );
}

function forward(seconds) {
  return act("clock", { advance: seconds }).catch(() => {});
}

function buildClock() {
  const clock = at("clock");
  clock.setAttribute("aria-label", say("Practice time"));
  const popup = { "aria-haspopup": "menu", "aria-expanded": "false" };
  const more = (event) =>
    openMenu(
      event.currentTarget,
      say("Move the clock forward"),
      STEPS.map(([seconds, label]) => ({ label, act: () => forward(seconds) })),
    );
  clock.append(
    element("span", { class: "clock-face", id: "clock-face" }),
    element(
      "span",
      { class: "clock-steps", role: "group", "aria-label": say("Move the clock forward") },
      STEPS.map(([seconds, label]) =>
        element("button", { type: "button", onclick: () => forward(seconds) }, label),
      ),
    ),
    iconButton("clock", say("Move the clock forward"), more, { class: "clock-more", ...popup }),
  );
}

function buildPageMenu() {
  const open = (event) =>
    openMenu(event.currentTarget, say("Page menu"), [
      { label: say("Add a person…"), act: addPerson },
      { label: say("Make a group…"), act: () => makeGroup(world.people) },
      {
        label: say(sound ? "Sound off" : "Sound on"),
        act: () => (sound = sound ? (sound.close(), null) : new AudioContext()),
      },
      { label: say("Telegram's troubles…"), act: () => panel.open(at("page-menu").firstElementChild) },
      { label: language === "vi" ? "English" : "Tiếng Việt", act: changeLanguage },
    ]);
  const popup = { "aria-haspopup": "menu", "aria-expanded": "false" };
  at("page-menu").append(iconButton("more", say("Page menu"), open, popup));
}

function connected({ connected: there }) {
  const gone = at("gone");
  gone.hidden = there;
  gone.textContent = there ? "" : say("The practice server cannot be reached — trying again");
  document.body.classList.toggle("without-server", !there);
}

document.documentElement.lang = language;
document.title = `Ấm Bản · ${say("practice")}`;
at("what").textContent = say("practice");
at("people").setAttribute("aria-label", say("People"));
at("room").append(panel.element);
at("gone").after(panel.sign);
buildClock();
buildPageMenu();
world.on("connection", connected);
world.on("loaded", updateAll);
world.on("people", updateAll);
world.on("messages", heardMessages);
world.on("texts", heardText);
world.on("clock", drawClock);
world.on("unread", drawChips);
world.on("typing", ({ chat }) => {
  for (const phone of phones.values()) if (phone.chat.id === chat?.id) phone.isTyping();
});
world.on("callback_answer", (told) => {
  for (const phone of phones.values()) phone.deeds.answered(told);
});
window.addEventListener("resize", () => arrange());
document.addEventListener("visibilitychange", () => {
  for (const phone of phones.values()) phone.read();
});
world.begin();
