"""Looks at an open page as people do who see little, or use no mouse: contrast, names, and what sticks out."""

from __future__ import annotations

from playwright.async_api import Page

STILL = """
() => Promise.allSettled(
  document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime < Infinity)
    .map((one) => one.finished),
)
"""
"""Messages fade in for a moment; what stays is looked at."""
LOOK = """
() => {
  const wrong = [];
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  // Colours come as rgb() or color(): a canvas reads both.
  const painted = (layers) => {
    canvas.globalAlpha = 1;
    canvas.fillStyle = "white";
    canvas.fillRect(0, 0, 1, 1);
    for (const [colour, alpha] of layers) {
      canvas.globalAlpha = alpha;
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const above = (element) => (element ? [element, ...above(element.parentElement)] : []);
  const seen = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 1;
  const ground = (element) =>
    above(element).reverse().map((one) => [getComputedStyle(one).backgroundColor, 1]);
  const faded = (element) =>
    above(element).reduce((all, one) => all * Number(getComputedStyle(one).opacity), 1);
  const named = (element) =>
    (element.ariaLabel ?? "") || [...(element.labels ?? [])].map((one) => one.textContent).join("") ||
    element.textContent.trim();
  const check = (what, element, colour, enough) => {
    const below = ground(element);
    const ratio = contrast(painted([...below, [colour, faded(element)]]), painted(below));
    if (ratio < enough) wrong.push(`${what}: ${ratio.toFixed(2)} of ${enough}`);
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const words = texts.currentNode.textContent.trim();
    if (!words || !seen(element) || element.closest("noscript, [aria-hidden], [aria-pressed=false].spoiler")) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    check(`text "${words.slice(0, 30)}"`, element, style.color, large ? 3 : 4.5);
  }
  for (const icon of document.querySelectorAll("button > .icon, .chip-sign .icon")) {
    if (seen(icon)) check(`icon of "${named(icon.closest("button"))}"`, icon, getComputedStyle(icon).color, 3);
  }
  for (const field of document.querySelectorAll("input:not([type=checkbox]), select, textarea")) {
    if (!seen(field)) continue;
    const style = getComputedStyle(field);
    if (field.placeholder) {
      check(`placeholder "${field.placeholder}"`, field, getComputedStyle(field, "::placeholder").color, 4.5);
    }
    if (style.borderTopWidth !== "0px") check(`edge of "${named(field)}"`, field.parentElement, style.borderTopColor, 3);
  }

  for (const control of document.querySelectorAll("button, a[href], input, select, textarea")) {
    if (!seen(control)) continue;
    if (!named(control)) wrong.push(`no name: ${control.outerHTML.slice(0, 90)}`);
    const { width, height } = control.getBoundingClientRect();
    const inText = control.closest(".words") || control.type === "checkbox";
    if (!inText && Math.min(width, height) < 24) wrong.push(`small: ${named(control)} ${width}x${height}`);
  }
  for (const image of document.querySelectorAll("img")) {
    if (image.getAttribute("alt") === null) wrong.push(`no alt: ${image.src}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size < ids.length) wrong.push("an id twice");

  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) wrong.push("the page scrolls sideways");
  for (const log of document.querySelectorAll(".log")) {
    if (!seen(log)) continue;
    const frame = log.getBoundingClientRect();
    for (const part of log.querySelectorAll("*")) {
      const { left, right, width } = part.getBoundingClientRect();
      if (width && (left < frame.left - 1 || right > frame.right + 1)) {
        wrong.push(`sticks out: ${part.className} ${part.textContent.slice(0, 20)}`);
      }
    }
  }
  return [...new Set(wrong)];
}
"""


async def look(page: Page) -> list[str]:
    """What somebody would stumble over on the page as it is at this moment."""
    await page.evaluate(STILL)
    found: list[str] = await page.evaluate(LOOK)
    return found


FOCUS = """
() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [one.ariaLabel || one.textContent.trim() || one.tagName, ring, one === document.body];
}
"""


async def focused(page: Page) -> tuple[str, bool, bool]:
    """What has the focus, whether that is seen, and whether it is nothing at all."""
    name, ring, lost = await page.evaluate(FOCUS)
    return name, ring, lost
