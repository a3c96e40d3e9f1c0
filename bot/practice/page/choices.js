// What can be done with a phone, and with a message on it.

import { openMenu } from "./menu.js";
import { say } from "./words.js";

export function openPhoneMenu(phone, anchor) {
  const { blocked } = phone.person;
  const others = phone.world.chatsOf(phone.id).filter((chat) => chat.id !== phone.chat.id);
  openMenu(anchor, say("Phone menu"), [
    {
      label: say(blocked ? "Unblock the bot" : "Block the bot"),
      act: () => phone.deeds.block(!blocked),
    },
    ...(phone.chat.type === "group"
      ? [{ label: say("Make it a supergroup"), act: () => phone.deeds.migrate(phone.chat.id) }]
      : []),
    ...others.map((chat) => ({
      label: phone.world.titleOf(chat),
      hint: say("Chat"),
      act: () => phone.open(chat.id),
    })),
  ]);
}

/** `messages` are one message, or those of one album. */
export function openMessageMenu(phone, messages, anchor) {
  const [message] = messages;
  const text = messages.map((one) => one.text ?? one.caption).find(Boolean);
  const ids = messages.map((one) => one.message_id);
  const entries = [{ label: say("Reply"), act: () => phone.composer.reply(message) }];
  if (message.from?.id === phone.id && message.text) {
    entries.push({ label: say("Edit"), act: () => phone.composer.edit(message) });
  }
  if (text) entries.push({ label: say("Copy"), act: () => phone.copy(text) });
  const chats = phone.world.chatsOf(phone.id);
  for (const chat of chats) {
    const many = chats.length > 1;
    entries.push({
      label: say(many ? "Forward to" : "Forward"),
      hint: many ? phone.world.titleOf(chat) : undefined,
      act: () => phone.deeds.forward(ids, chat.id),
    });
  }
  openMenu(anchor, say("What to do with this message"), entries);
}
