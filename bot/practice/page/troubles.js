// The troubles of Telegram that can be chosen on the page, each with what it plays.

// Answers to what people see: an answer lost on the way to a tap would teach nobody anything.
const SENDING = [
  "sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup",
  "editMessageText", "editMessageCaption", "editMessageMedia",
];
const ONE_CHAT = { isOfAChat: true, isCounted: true };

function sending(label, says, trouble, own = {}) {
  return { label, says, trouble, own, methods: SENDING, ...ONE_CHAT };
}

/** By what they strike; `own` are the trouble's own fields. */
export const CHOICES = {
  "Telegram's answers": [
    sending("The answer is lost", "Telegram takes the message, but its answer is lost.", "lost_response"),
    sending(
      "The answer breaks off",
      "Telegram takes the message, but its answer breaks off in the middle.",
      "lost_response",
      { truncated: true },
    ),
    sending("The answer is late", "Telegram takes the message, but answers only after 10 seconds.", "delay", {
      seconds: 10,
    }),
    sending("An error before", "Telegram reports error 502 and has done nothing.", "error"),
    sending("An error after", "Telegram reports error 502 although it has taken the message.", "error", {
      carried_out: true,
    }),
    sending("The connection breaks", "The connection breaks before Telegram takes the message.", "reset"),
    {
      label: "Too many messages",
      says: "Telegram takes nothing more from the bot for 30 seconds.",
      trouble: "too_many_requests",
      own: { retry_after: 30 },
      isOfAChat: true,
    },
    {
      label: "Telegram is down",
      says: "Telegram and the bot cannot reach each other; messages wait, and buttons pressed more than 150 seconds ago are lost.",
      trouble: "outage",
      own: {},
    },
  ],
  "What people send": [
    {
      label: "Everything comes twice",
      says: "What people send reaches the bot twice, once more after the bot has it.",
      trouble: "duplicates",
      own: {},
      ...ONE_CHAT,
    },
    {
      label: "In disorder",
      says: "What people send reaches the bot in another order.",
      trouble: "reordering",
      own: {},
      isCounted: true,
    },
    {
      label: "Broken messages",
      says: "Before each message comes a broken one that the bot cannot read.",
      trouble: "malformed",
      own: {},
      ...ONE_CHAT,
    },
  ],
  "Photos and files": [
    ["A slow download", "The bot needs 10 seconds to fetch a photo.", "slow_download", { seconds: 10 }],
    ["The file is gone", "Telegram does not find the photo that the bot fetches.", "failing_download", {}],
    ["The download breaks off", "The connection breaks in the middle of a photo.", "failing_download", { way: "cut" }],
    ["Half a file", "The bot gets only half of a photo, and no error.", "failing_download", { way: "wrong_length" }],
    ["An empty file", "The bot gets a photo without content.", "failing_download", { way: "empty" }],
    ["The file is too big", "Telegram says that the photo is too big to be fetched.", "too_big", {}],
  ].map(([label, says, trouble, own]) => ({ label, says, trouble, own, ...ONE_CHAT })),
};

export const ALL = Object.values(CHOICES).flat();

/** The choice that a trouble as the server shows it came from, or would have come from. */
export function choiceOf(shown) {
  const fits = ALL.filter(({ trouble }) => trouble === shown.trouble);
  const own = (choice) => Object.entries(choice.own);
  const exact = fits.filter((choice) => own(choice).every(([name, value]) => shown[name] === value));
  return exact.sort((one, other) => own(other).length - own(one).length)[0] ?? fits[0];
}
