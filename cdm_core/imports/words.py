"""What files call the things we have words for: in English, Bengali and short."""

from collections.abc import Mapping

from cdm_core.imports.columns import plain


def _spelled(words: Mapping[str, str]) -> Mapping[str, str]:
    """``words`` maps ours to theirs, commas between; ours is always understood too."""
    return {plain(said): ours for ours, theirs in words.items() for said in (ours, *theirs.split(",")) if plain(said)}


STATUSES = _spelled(
    {
        "completed": "complete,delivered,done,paid,fulfilled,সম্পন্ন,ডেলিভার্ড,ডেলিভারি,ডেলিভারড,ডেলিভারি হয়েছে",
        "pending": "processing,new,confirmed,shipped,on hold,পেন্ডিং,প্রসেসিং,অপেক্ষমাণ",
        "cancelled": "canceled,cancel,failed,rejected,বাতিল,ক্যান্সেল,ক্যানসেল",
        "returned": "return,refunded,refund,রিটার্ন,ফেরত,রিফান্ড",
    }
)
PAYMENTS = _spelled(
    {
        "cod": "cash on delivery,cash,ক্যাশ অন ডেলিভারি,ক্যাশ",
        "bkash": "বিকাশ",
        "nagad": "নগদ",
        "card": "visa,mastercard,credit card,debit card,কার্ড",
        "bank": "bank transfer,ব্যাংক",
        "other": "অন্য",
    }
)
GENDERS = _spelled(
    {
        "male": "m,man,পুরুষ,ছেলে",
        "female": "f,woman,মহিলা,নারী,মেয়ে",
        "other": "o,অন্য",
    }
)
MARITAL = _spelled(
    {
        "single": "unmarried,অবিবাহিত",
        "married": "বিবাহিত",
        "divorced": "তালাকপ্রাপ্ত,ডিভোর্সড",
        "widowed": "widow,widower,বিধবা,বিপত্নীক",
    }
)
CHANNELS = _spelled(
    {
        "call": "phone,mobile,কল,ফোন",
        "whatsapp": "wa,হোয়াটসঅ্যাপ",
        "sms": "text,এসএমএস",
        "email": "e mail,mail,ইমেইল",
        "facebook": "messenger,ফেসবুক,মেসেঞ্জার",
        "instagram": "ইনস্টাগ্রাম",
    }
)
LANGUAGES = _spelled({"en": "english,ইংরেজি", "bn": "bangla,bengali,বাংলা"})
RELATIONSHIPS = _spelled(
    {
        "spouse": "wife,husband,স্ত্রী,স্বামী,বউ",
        "child": "son,daughter,kid,সন্তান,ছেলে,মেয়ে",
        "parent": "father,mother,বাবা,মা,আব্বা,আম্মা",
        "sibling": "brother,sister,ভাই,বোন",
        "grandparent": "grandfather,grandmother,দাদা,দাদি,দাদী,নানা,নানি,নানী",
        "other": "relative,friend,cousin,uncle,aunt,অন্য,আত্মীয়",
    }
)
GENDER_OF_RELATIVE = _spelled(
    {
        "male": "husband,son,father,brother,grandfather,স্বামী,ছেলে,বাবা,আব্বা,ভাই,দাদা,নানা",
        "female": "wife,daughter,mother,sister,grandmother,স্ত্রী,বউ,মেয়ে,মা,আম্মা,বোন,দাদি,দাদী,নানি,নানী",
    }
)
"""What a relationship says of the relative's gender, where it does."""
BEHAVIOURS = _spelled(
    {
        "product_view": "view,viewed,view item,viewed product,দেখেছে",
        "add_to_cart": "cart,added to cart,কার্ট",
        "wishlist": "wish,add to wishlist,উইশলিস্ট",
        "search": "searched,সার্চ",
    }
)
STAGES = _spelled(
    {
        "product_view": "view,viewed",
        "add_to_cart": "cart,abandoned cart,cart abandoned",
        "checkout_initiated": "checkout,begin checkout,abandoned checkout",
        "payment_failed": "payment,failed payment",
    }
)
