"""Notes as agents type them, and what customers write."""

from cli.sample.team import NUSRAT, TANVIR

NOTES: dict[str, dict[int, tuple[str, ...]]] = {
    "no_answer": {
        TANVIR: ("dhore nai", "ফোন ধরেনি", "ধরেনি, বিকালে আবার দিব"),
        NUSRAT: ("no answer", "rang out", "no ans, try evening"),
    },
    "line_busy": {TANVIR: ("line busy", "ব্যস্ত", "লাইন ব্যস্ত"), NUSRAT: ("busy", "line busy")},
    "switched_off": {TANVIR: ("নাম্বার বন্ধ", "phn off"), NUSRAT: ("phone off", "switched off")},
    "customer_hung_up": {TANVIR: ("kete dise", "কেটে দিছে"), NUSRAT: ("hung up", "cut the call")},
    "connected": {
        TANVIR: ("কথা হইছে, এখন লাগবে না", "kotha hoise, ghee valo lagse", "মধু শেষ হয় নাই এখনো, পরে জানাবে",
                 "কথা হয়েছে ২ মিনিট, খুশি", "dam jigges korse, list pathaisi"),
        NUSRAT: ("talked, happy with the honey", "asked for price list, sent", "still has stock, call next month",
                 "happy, will tell sister too", "wants delivery outside Dhaka info"),
    },
    "interested": {
        TANVIR: ("ঘি নিতে চায়, দাম শুনল", "khejur nibe bolse, beton pele", "৫ লিটার তেল নিবে মনে হয়",
                 "chia seed er dam janse, nibe"),
        NUSRAT: ("wants ghee, checking with husband", "interested in honey 1 kg", "will order dates for Friday",
                 "asked for 5 L oil offer"),
    },
    "order_confirmed": {
        TANVIR: ("order confirm", "অর্ডার কনফার্ম, কাল ডেলিভারি চায়", "confirm korse cod"),
        NUSRAT: ("confirmed, cod", "order confirmed, deliver after 5", "confirmed, address ok"),
    },
    "callback_requested": {
        TANVIR: ("মিটিংয়ে, সন্ধ্যায় কল দিতে বলছে", "pore call dite bolse", "দাম বেশি, পরে ভেবে জানাবে"),
        NUSRAT: ("busy now, call back", "call after salary", "asked to call in the evening"),
    },
    "not_interested": {
        TANVIR: ("nibe na, dam beshi", "অন্য জায়গা থেকে নেয়", "এখন নিবে না"),
        NUSRAT: ("not interested, price", "buys from local shop", "no, delivery charge too high"),
    },
    "wrong_number": {TANVIR: ("রং নাম্বার",), NUSRAT: ("wrong number",)},
    "do_not_call": {TANVIR: ("আর কল দিতে মানা করেছে",), NUSRAT: ("asked not to call again",)},
}  # fmt: skip
REASONS = {"dam": "price", "দাম": "price", "price": "price", "delivery charge": "delivery_charge", "জায়গা": "competitor",
            "local shop": "competitor", "এখন": "timing", "salary": "timing"}  # fmt: skip
WRITTEN_IN = ("honey ar ase?", "ভাই দাম কত?", "delivery kobe pabo?", "price plz", "খাঁটি তো?", "কালোজিরা মধু আছে?")
WRITTEN_OUT = ("list pathaisi", "অফারের ছবি দিছি", "sent price list", "sent delivery update", "Eid offer pathaisi")
