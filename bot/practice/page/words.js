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
  "Messages": "Tin nhắn",
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
  "invitation": "mời",
  "Write its code below": "Viết mã mời vào ô",
  "Nothing can be pressed here: write, for example: hello":
    "Máy này chỉ có chữ, vui lòng viết, ví dụ: xin chào",
  "Hidden text": "Chữ ẩn",
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
