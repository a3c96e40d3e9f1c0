// Every word of the page, in Vietnamese and in English.

const VIETNAMESE = {
  "practice": "thực hành",
  "People": "Mọi người",
  "Practice time": "Giờ thực hành",
  "Move the clock forward": "Tua giờ tới",
  "minute": "phút",
  "hours": "giờ",
  "day": "ngày",
  "The practice server cannot be reached — trying again":
    "Mất kết nối với máy chủ thực hành — đang thử lại",
  "Page menu": "Tùy chọn của trang",
  "Sound on": "Bật âm báo",
  "Sound off": "Tắt âm báo",
  "Add a person…": "Thêm người…",
  "Make a group…": "Tạo nhóm…",
  "Name": "Tên",
  "Role": "Vai trò",
  "Name of the group": "Tên nhóm",
  "Who is in it": "Ai ở trong nhóm",
  "Cancel": "Hủy",
  "Add": "Thêm",
  "Make": "Tạo",
  "unread": "tin chưa đọc",
  "has an invitation": "có lời mời",
  "Phone of": "Điện thoại của",
  "Chat": "Cuộc trò chuyện",
  "Messages": "Các tin nhắn",
  "typing…": "đang soạn tin…",
  "Airplane mode": "Chế độ máy bay",
  "No network": "Không có mạng",
  "Phone menu": "Tùy chọn",
  "Block the bot": "Chặn bot",
  "Unblock the bot": "Bỏ chặn bot",
  "The bot is blocked": "Bot đang bị chặn",
  "Start": "Bắt đầu",
  "Press Start to greet the bot.": "Vui lòng bấm Bắt đầu để chào bot.",
  "Invitation": "Lời mời",
  "Open the invitation": "Mở lời mời",
  "Message": "Tin nhắn",
  "Write a message": "Viết tin nhắn",
  "Write a caption": "Viết chú thích",
  "Send": "Gửi",
  "Attach": "Đính kèm",
  "Commands": "Lệnh",
  "Photos…": "Ảnh…",
  "Photos as files…": "Ảnh dạng tệp…",
  "File…": "Tệp…",
  "A sample photo": "Ảnh mẫu, 1 tấm",
  "Three sample photos": "Ảnh mẫu, 3 tấm",
  "Sample photo": "Ảnh mẫu",
  "Location": "Vị trí",
  "Contact": "Danh thiếp",
  "Sticker": "Nhãn dán",
  "Voice message": "Tin thoại",
  "Video": "Video",
  "Round video": "Video tròn",
  "Animation": "Ảnh động",
  "Audio": "Âm thanh",
  "Dice": "Xúc xắc",
  "Poll": "Bình chọn",
  "Something else": "Nội dung khác",
  "Photo": "Ảnh",
  "File": "Tệp",
  "Remove": "Bỏ",
  "photos": "ảnh",
  "files": "tệp",
  "At most ten at a time: the rest was left out.": "Mỗi lần gửi nhiều nhất 10 tệp: phần còn lại chưa được chọn.",
  "edited": "đã sửa",
  "sent": "đã gửi",
  "waiting for a network": "đang chờ mạng",
  "sent without a sound": "gửi im lặng",
  "Forwarded from": "Chuyển tiếp từ",
  "What to do with this message": "Tùy chọn của tin nhắn",
  "Reply": "Trả lời",
  "Edit": "Sửa",
  "Copy": "Sao chép",
  "Forward": "Chuyển tiếp",
  "Forward to": "Chuyển tiếp đến",
  "Copied": "Đã sao chép",
  "Replying to": "Trả lời",
  "Editing": "Sửa tin nhắn",
  "Newest messages": "Tin mới nhất",
  "wait for a network": "tin đang chờ mạng",
  "Close": "Đóng",
  "There is no network: the button was not pressed.": "Không có mạng: chưa bấm được nút.",
  "That button is no longer there.": "Nút này không còn nữa.",
  "This kind of button is not practised here.": "Loại nút này chưa thực hành được ở đây.",
  "Not sent: the practice server cannot be reached.": "Chưa gửi được: mất kết nối với máy chủ thực hành.",
  "Not sent": "Chưa gửi được",
  "text phone": "điện thoại chữ",
  "Text messages": "Tin nhắn chữ",
  "Pictures, as links…": "Ảnh, gửi bằng đường dẫn…",
  "A file, as a link…": "Tệp, gửi bằng đường dẫn…",
  "invitation": "mời",
  "Write its code below": "Viết mã mời vào ô",
  "Nothing can be pressed here: write, for example: hello":
    "Máy này chỉ có chữ, vui lòng viết, ví dụ: xin chào",
  "Hidden text": "Chữ ẩn",
  "Make it a supergroup": "Nâng lên siêu nhóm",
  "The group has become a supergroup": "Nhóm đã thành siêu nhóm",
  "Telegram's troubles…": "Sự cố của Telegram…",
  "Telegram's troubles": "Sự cố của Telegram",
  "Trouble": "Sự cố",
  "Where": "Ở đâu",
  "everywhere": "mọi nơi",
  "How often": "Bao nhiêu lần",
  "once": "1 lần",
  "3 times": "3 lần",
  "10 times": "10 lần",
  "until it is ended": "đến khi tắt",
  "Set the trouble": "Bật sự cố",
  "Set at this moment": "Đang bật",
  "None: Telegram is well.": "Không có sự cố nào.",
  "Set": "Đã bật",
  "End": "Tắt",
  "Ended": "Đã tắt",
  "End all": "Tắt tất cả",
  "all troubles": "tất cả sự cố",
  "That did not work": "Chưa làm được",
  "struck so far": "đã xảy ra",
  "times left": "số lần còn lại",
  "until": "đến",
  "Telegram's answers": "Câu trả lời của Telegram",
  "The answer is lost": "Mất câu trả lời",
  "Telegram takes the message, but its answer is lost.": "Telegram nhận tin nhưng câu trả lời bị mất.",
  "The answer breaks off": "Câu trả lời bị đứt",
  "Telegram takes the message, but its answer breaks off in the middle.":
    "Telegram nhận tin nhưng câu trả lời đứt giữa chừng.",
  "The answer is late": "Trả lời chậm",
  "Telegram takes the message, but answers only after 10 seconds.":
    "Telegram nhận tin ngay nhưng 10 giây sau mới trả lời.",
  "An error before": "Báo lỗi, chưa nhận tin",
  "Telegram reports error 502 and has done nothing.": "Telegram báo lỗi 502 và chưa nhận tin.",
  "An error after": "Báo lỗi, đã nhận tin",
  "Telegram reports error 502 although it has taken the message.": "Telegram báo lỗi 502 dù đã nhận tin.",
  "The connection breaks": "Đứt kết nối",
  "The connection breaks before Telegram takes the message.": "Kết nối đứt trước khi Telegram nhận tin.",
  "Too many messages": "Quá nhiều tin",
  "Telegram takes nothing more from the bot for 30 seconds.":
    "Trong 30 giây, Telegram không nhận thêm gì từ bot.",
  "Telegram is down": "Telegram ngừng hoạt động",
  "Telegram and the bot cannot reach each other; messages wait, and buttons pressed more than 150 seconds ago are lost.":
    "Telegram và bot không liên lạc được với nhau: tin thì chờ, nút bấm quá 150 giây thì mất.",
  "What people send": "Tin mọi người gửi",
  "Everything comes twice": "Tin đến hai lần",
  "What people send reaches the bot twice, once more after the bot has it.":
    "Mỗi tin đến bot hai lần, lần sau khi bot đã nhận rồi.",
  "In disorder": "Tin đến lộn xộn",
  "What people send reaches the bot in another order.": "Tin đến bot không theo thứ tự đã gửi.",
  "Broken messages": "Tin hỏng",
  "Before each message comes a broken one that the bot cannot read.":
    "Trước mỗi tin có một tin hỏng mà bot không đọc được.",
  "Photos and files": "Ảnh và tệp",
  "A slow download": "Tải chậm",
  "The bot needs 10 seconds to fetch a photo.": "Bot mất 10 giây để tải một ảnh.",
  "The file is gone": "Không tìm thấy tệp",
  "Telegram does not find the photo that the bot fetches.": "Telegram không tìm thấy ảnh mà bot cần tải.",
  "The download breaks off": "Tải bị đứt",
  "The connection breaks in the middle of a photo.": "Kết nối đứt khi bot đang tải ảnh.",
  "Half a file": "Tệp thiếu một nửa",
  "The bot gets only half of a photo, and no error.": "Bot chỉ nhận được một nửa ảnh mà không thấy báo lỗi.",
  "An empty file": "Tệp rỗng",
  "The bot gets a photo without content.": "Bot nhận được ảnh không có nội dung.",
  "The file is too big": "Tệp quá lớn",
  "Telegram says that the photo is too big to be fetched.": "Telegram báo ảnh quá lớn, không tải được.",
};

const WEEKDAYS = {
  vi: ["Chủ nhật", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy"],
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
};

export const language = localStorage.getItem("language") === "en" ? "en" : "vi";

export function say(english) {
  return language === "en" ? english : (VIETNAMESE[english] ?? english);
}

export function changeLanguage() {
  localStorage.setItem("language", language === "en" ? "vi" : "en");
  location.reload();
}

const IN_VIETNAM = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Ho_Chi_Minh",
  hourCycle: "h23",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

function parts(moment) {
  return Object.fromEntries(IN_VIETNAM.formatToParts(moment).map((one) => [one.type, one.value]));
}

/** dd/MM/yyyy, as it is in Vietnam at that moment. */
export function dateOf(moment) {
  const { day, month, year } = parts(moment);
  return `${day}/${month}/${year}`;
}

/** HH:mm, as it is in Vietnam at that moment. */
export function timeOf(moment) {
  const { hour, minute } = parts(moment);
  return `${hour}:${minute}`;
}

export function weekdayOf(moment) {
  const { day, month, year } = parts(moment);
  return WEEKDAYS[language][new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
}
