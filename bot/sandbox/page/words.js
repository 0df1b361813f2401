// The page's own words, in the language of the person whose column they stand in.

const WORDS = {
  en: {
    chats: "Chats", message: "Message", send: "Send", start: "Start", restart: "Restart", back: "Back to chats",
    bot: "bot", members: "members", typing: "typing…", edited: "edited", silent: "Came without sound", today: "Today",
    yesterday: "Yesterday", reply: "Reply", copy: "Copy text", copyNumber: "Copy number", call: "Call", forward: "Forward", edit: "Edit",
    remove: "Delete", copied: "Copied", actions: "Message actions", attach: "Attach", photo: "Photo", file: "File", voice: "Voice note (audio file)",
    ownContact: "My contact", otherContact: "A contact…", name: "Name", phone: "Phone", cancel: "Cancel", ok: "OK",
    block: "Stop and block bot", unblock: "Unblock", supergroup: "Make it a supergroup", language: "App language",
    addColumn: "Another person beside", closeColumn: "Close this column", person: "Who you are", keyboard: "Keyboard", menu: "Commands",
    forwarded: "Forwarded from", via: "via", replyTo: "Reply to", editing: "Edit message", latest: "To the newest message",
    empty: "No messages here yet", pick: "Choose a chat", newMessages: "unread messages", silently: "silent",
    options: "Chat options", forwardTo: "Forward to", migrated: "The group became a supergroup", noAnswer: "The bot did not answer",
    nothing: "Nothing found", who: "A bot answers here. Press Start to begin.", contact: "Contact",
  },
  bn: {
    chats: "চ্যাট", message: "মেসেজ লিখুন", send: "পাঠান", start: "শুরু করুন", restart: "আবার শুরু", back: "চ্যাট লিস্টে ফিরুন",
    bot: "বট", members: "জন", typing: "লিখছে…", edited: "এডিট করা", silent: "শব্দ ছাড়া এসেছে", today: "আজ",
    yesterday: "গতকাল", reply: "উত্তর দিন", copy: "কপি", copyNumber: "নাম্বার কপি", call: "কল", forward: "ফরওয়ার্ড", edit: "এডিট",
    remove: "মুছুন", copied: "কপি হয়েছে", actions: "মেসেজ অপশন", attach: "ফাইল যোগ", photo: "ছবি", file: "ফাইল", voice: "ভয়েস (অডিও ফাইল)",
    ownContact: "আমার নাম্বার", otherContact: "অন্য কন্টাক্ট…", name: "নাম", phone: "ফোন", cancel: "বাদ", ok: "ঠিক আছে",
    block: "বট বন্ধ ও ব্লক", unblock: "আনব্লক", supergroup: "সুপারগ্রুপ করুন", language: "অ্যাপের ভাষা",
    addColumn: "পাশে আরেকজন", closeColumn: "কলাম বন্ধ", person: "আপনি কে", keyboard: "কিবোর্ড", menu: "কমান্ড",
    forwarded: "ফরওয়ার্ড:", via: "মাধ্যম", replyTo: "উত্তর", editing: "মেসেজ এডিট", latest: "সবশেষ মেসেজে যান",
    empty: "এখনো কোনো মেসেজ নেই", pick: "একটা চ্যাট বেছে নিন", newMessages: "না পড়া মেসেজ", silently: "শব্দ ছাড়া",
    options: "চ্যাট অপশন", forwardTo: "কোথায় ফরওয়ার্ড", migrated: "গ্রুপটা সুপারগ্রুপ হয়েছে", noAnswer: "বট সাড়া দেয়নি",
    nothing: "কিছু পাওয়া যায়নি", who: "এখানে একটা বট উত্তর দেয়। শুরু করতে চাপুন।", contact: "কন্টাক্ট",
  },
};

export const languageOf = (person) => (person.language.startsWith("bn") ? "bn" : "en");
export const words = (language) => WORDS[language];
export const digits = (number, language) => new Intl.NumberFormat(language === "bn" ? "bn-BD" : "en", { useGrouping: false }).format(number);
