// Text as Telegram decorates it: entities become elements, and text is never read as markup.

import { element } from "./dom.js";
import { say } from "./words.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};
const FOUND = /(?:https?:\/\/|t\.me\/)[^\s<>"]+[^\s<>".,;:!?)\]}…]|(?<![\w/])\/[a-z0-9_]{1,32}(?![\w/])/gi;
const OPENABLE = new Set(["http:", "https:", "tg:", "mailto:", "tel:"]);

/** Nodes for the text; offsets count UTF-16 units, as the strings of this language do. */
export function decorated(text, entities, { follow, command }) {
  const sorted = [...(entities ?? [])].sort(
    (one, other) => one.offset - other.offset || other.length - one.length,
  );
  return inside(text, 0, text.length, sorted, { follow, command, plain: false });
}

function inside(text, start, end, entities, context) {
  const nodes = [];
  let at = start;
  let place = 0;
  while (place < entities.length) {
    const entity = entities[place];
    const from = Math.max(entity.offset, at);
    const until = Math.min(entity.offset + entity.length, end);
    let after = place + 1;
    while (after < entities.length && entities[after].offset < until) after += 1;
    if (until > from) {
      nodes.push(...found(text.slice(at, from), context));
      nodes.push(wrapped(text, from, until, entity, entities.slice(place + 1, after), context));
      at = until;
    }
    place = after;
  }
  nodes.push(...found(text.slice(at, end), context));
  return nodes;
}

function wrapped(text, start, end, entity, within, context) {
  const whole = text.slice(start, end);
  const literal = entity.type === "code" || entity.type === "pre";
  const linked = ["url", "text_link", "bot_command", "email", "phone_number"].includes(entity.type);
  const children = inside(text, start, end, within, {
    ...context,
    plain: context.plain || literal || linked,
  });
  if (entity.type === "spoiler") return spoiler(children);
  if (entity.type === "bot_command") return commandLink(whole, children, context);
  if (entity.type === "url") return link(whole, children, context);
  if (entity.type === "text_link") return link(entity.url, children, context);
  return element(TAGS[entity.type] ?? "span", { dir: "auto" }, children);
}

function found(text, context) {
  if (!text) return [];
  if (context.plain) return [text];
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(FOUND)) {
    nodes.push(text.slice(at, match.index));
    const words = match[0];
    const make = words.startsWith("/") ? commandLink : link;
    nodes.push(make(words, [words], context));
    at = match.index + words.length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

function commandLink(command, children, context) {
  const attributes = { type: "button", class: "command", onclick: () => context.command(command) };
  return element("button", attributes, children);
}

function link(address, children, context) {
  const url = readAddress(address);
  if (!url) return element("span", {}, children);
  const open = (event) => {
    if (context.follow(url)) event.preventDefault();
  };
  const attributes = { href: url.href, target: "_blank", rel: "noopener noreferrer", onclick: open };
  return element("a", attributes, children);
}

function spoiler(children) {
  const reveal = (event) => {
    event.currentTarget.setAttribute("aria-pressed", "true");
  };
  const attributes = { type: "button", class: "spoiler", "aria-pressed": "false", onclick: reveal };
  return element("button", { ...attributes, title: say("Hidden text") }, children);
}

/** A URL that is safe to open, or null. */
export function readAddress(address) {
  const whole = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`;
  try {
    const url = new URL(whole);
    return OPENABLE.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** The payload of a link that opens this bot, or null for any other link. */
export function deepLink(url, username) {
  const bot = username.toLowerCase();
  if (url.protocol === "tg:") {
    const named = url.searchParams.get("domain")?.toLowerCase() === bot;
    return named ? (url.searchParams.get("start") ?? "") : null;
  }
  const telegram = ["t.me", "www.t.me", "telegram.me"].includes(url.hostname);
  if (!telegram || url.pathname.slice(1).toLowerCase() !== bot) return null;
  return url.searchParams.get("start") ?? "";
}
