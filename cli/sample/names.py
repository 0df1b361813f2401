"""Names as people in Bangladesh bear them, in both scripts, and where they live."""

from dataclasses import dataclass
from random import Random

Spelling = tuple[str, str]
"""A word of a name: (Latin, Bengali)."""


@dataclass(frozen=True, slots=True)
class Name:
    """``surname`` is shared by a family only where it is one (Das, Chowdhury), not Begum or Akter."""

    first: str
    last: str
    gender: str
    bengali: bool
    community: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}".strip()


def _words(text: str) -> tuple[Spelling, ...]:
    pairs = (entry.split("=") for entry in text.replace("\n", " ").split(","))
    return tuple((latin.strip(), bengali.strip()) for latin, bengali in pairs)


_GIVEN = {
    ("muslim", "male"): _words(
        """Abdul Karim=আব্দুল করিম,Abul Kalam=আবুল কালাম,Rakibul=রাকিবুল,Tanjil=তানজিল,Shahidul=শহিদুল,Aminul=আমিনুল,
        Nazmul=নাজমুল,Mahbub=মাহবুব,Kamrul=কামরুল,Saiful=সাইফুল,Rafiqul=রফিকুল,Mizanur=মিজানুর,Habibur=হাবিবুর,
        Anisur=আনিসুর,Mostafizur=মোস্তাফিজুর,Delwar=দেলোয়ার,Jahangir=জাহাঙ্গীর,Sohel=সোহেল,Masud=মাসুদ,Faruk=ফারুক,
        Imran=ইমরান,Arifur=আরিফুর,Shakil=শাকিল,Mehedi=মেহেদী,Sajid=সাজিদ,Fahim=ফাহিম,Nayeem=নাঈম,Ashraful=আশরাফুল,
        Zahirul=জহিরুল,Monirul=মনিরুল,Shafiqul=শফিকুল,Tariqul=তারিকুল,Rezaul=রেজাউল,Ziaur=জিয়াউর,Emdadul=এমদাদুল,
        Nurul=নুরুল,Abdur Rahim=আব্দুর রহিম,Abdul Mannan=আব্দুল মান্নান,Abdullah Al=আব্দুল্লাহ আল,Ruhul=রুহুল,
        Alamgir=আলমগীর,Belal=বেলাল,Khorshed=খোরশেদ,Liton=লিটন,Selim=সেলিম,Ripon=রিপন,Shamim=শামীম,Tofazzal=তোফাজ্জল,
        Yusuf=ইউসুফ,Zakir=জাকির,Enamul=এনামুল,Golam Mostafa=গোলাম মোস্তফা,Hasan=হাসান,Iqbal=ইকবাল,Jubayer=জুবায়ের"""
    ),
    ("muslim", "female"): _words(
        """Fatema=ফাতেমা,Ayesha=আয়েশা,Nasrin=নাসরিন,Sharmin=শারমিন,Farzana=ফারজানা,Shahnaz=শাহনাজ,Rokeya=রোকেয়া,
        Taslima=তাসলিমা,Nusrat=নুসরাত,Sabina=সাবিনা,Rehana=রেহানা,Hasina=হাসিনা,Jesmin=জেসমিন,Moushumi=মৌসুমী,
        Khadija=খাদিজা,Mariam=মরিয়ম,Sumaiya=সুমাইয়া,Tanjina=তানজিনা,Salma=সালমা,Rina=রিনা,Parul=পারুল,Lipi=লিপি,
        Shirin=শিরিন,Razia=রাজিয়া,Ruma=রুমা,Mahmuda=মাহমুদা,Kohinoor=কোহিনূর,Nargis=নার্গিস,Bilkis=বিলকিস,
        Dilruba=দিলরুবা,Afroza=আফরোজা,Ismat=ইসমত,Jannatul=জান্নাতুল,Umme Kulsum=উম্মে কুলসুম,Tahmina=তাহমিনা,
        Marufa=মারুফা,Rabeya=রাবেয়া,Shamima=শামীমা,Morsheda=মোর্শেদা,Anika=আনিকা,Tasnim=তাসনিম,Lamia=লামিয়া,
        Sadia=সাদিয়া,Mim=মীম,Zakia=জাকিয়া,Halima=হালিমা,Shahida=শাহিদা,Monira=মনিরা,Asma=আসমা,Papia=পাপিয়া"""
    ),
    ("hindu", "male"): _words(
        """Sumon=সুমন,Bikash=বিকাশ,Ratan=রতন,Sanjay=সঞ্জয়,Uttam=উত্তম,Pradip=প্রদীপ,Tapan=তপন,Subrata=সুব্রত,
        Dipak=দীপক,Amit=অমিত,Shyamal=শ্যামল,Gopal=গোপাল,Biplob=বিপ্লব,Ashish=আশীষ,Nirmal=নির্মল,Swapan=স্বপন"""
    ),
    ("hindu", "female"): _words(
        """Mitali=মিতালী,Priya=প্রিয়া,Shilpi=শিল্পী,Sutapa=সুতপা,Anjana=অঞ্জনা,Bithi=বীথি,Rupa=রূপা,Shampa=শম্পা,
        Purnima=পূর্ণিমা,Kakoli=কাকলী,Dipa=দীপা,Sangita=সঙ্গীতা,Mousumi=মৌসুমী,Lakshmi=লক্ষ্মী,Tumpa=টুম্পা"""
    ),
}
_LAST = {
    ("muslim", "male"): _words(
        """Islam=ইসলাম,Hossain=হোসেন,Rahman=রহমান,Uddin=উদ্দিন,Ahmed=আহমেদ,Khan=খান,Chowdhury=চৌধুরী,Mia=মিয়া,
        Alam=আলম,Haque=হক,Sarker=সরকার,Talukder=তালুকদার,Sikder=সিকদার,Bhuiyan=ভূঁইয়া,Mollah=মোল্লা,Sheikh=শেখ,
        Howlader=হাওলাদার,Kabir=কবির,Ali=আলী,Mahmud=মাহমুদ,Hasan=হাসান,Munshi=মুন্সী,Patwary=পাটোয়ারী,
        Prodhan=প্রধান,Mamun=মামুন,Khandaker=খন্দকার,Sohag=সোহাগ,Azad=আজাদ,Rana=রানা,Siddique=সিদ্দিকী"""
    ),
    ("muslim", "female"): _words(
        """Begum=বেগম,Akter=আক্তার,Khatun=খাতুন,Sultana=সুলতানা,Jahan=জাহান,Parvin=পারভীন,Yasmin=ইয়াসমিন,
        Nahar=নাহার,Ara=আরা,Khanam=খানম,Islam=ইসলাম,Rahman=রহমান,Chowdhury=চৌধুরী,Ferdousi=ফেরদৌসী,Banu=বানু,
        Haque=হক,Bibi=বিবি,Akhter=আখতার"""
    ),
    ("hindu", "both"): _words(
        """Das=দাস,Saha=সাহা,Roy=রায়,Ghosh=ঘোষ,Chakraborty=চক্রবর্তী,Debnath=দেবনাথ,Paul=পাল,Dutta=দত্ত,
        Sarkar=সরকার,Majumder=মজুমদার,Biswas=বিশ্বাস,Mondal=মন্ডল,Barman=বর্মন,Shil=শীল"""
    ),
}
# Which last names go with what kind of first name: Mizanur Rahman, Rakibul Islam, Abdul Mannan Talukder.
_FITTING = {
    "ur": ("Rahman",),
    "ul": ("Islam", "Islam", "Islam", "Haque", "Hasan", "Alam"),
    "Abdullah Al": ("Mamun", "Mahmud"),
    "Jannatul": ("Ferdousi",),
    "Abul Kalam": ("Azad",),
    "two words": (
        "Mia",
        "Talukder",
        "Sikder",
        "Mollah",
        "Bhuiyan",
        "Khan",
        "Howlader",
        "Sarker",
        "Chowdhury",
        "Sheikh",
    ),
}
_CHILDREN = {
    "male": _words("Arif=আরিফ,Ayan=আয়ান,Rafsan=রাফসান,Zayan=জায়ান,Tahmid=তাহমিদ,Abir=আবির,Safwan=সাফওয়ান,Rayhan=রায়হান"),
    "female": _words("Nabila=নাবিলা,Inaya=ইনায়া,Raisa=রাইসা,Maryam=মারিয়াম,Anaya=আনায়া,Tasfia=তাসফিয়া,Samia=সামিয়া,Oishi=ঐশী"),
}

# Weight, district, city, areas with their usual way of writing an address.
_PLACES: tuple[tuple[int, str, str, tuple[str, ...]], ...] = (
    (34, "Dhaka", "Dhaka", ("Mirpur 10", "Uttara Sector 7", "Mohammadpur", "Dhanmondi", "Banasree", "Badda", "Khilgaon",
                            "Jatrabari", "Lalbagh", "Bashundhara R/A", "Shyamoli", "Malibagh", "Rampura", "Farmgate")),
    (3, "Dhaka", "Savar", ("Savar Bazar", "Hemayetpur", "Nabinagar")),
    (12, "Chattogram", "Chattogram", ("Agrabad", "Halishahar", "GEC", "Panchlaish", "Nasirabad", "Chawkbazar")),
    (6, "Sylhet", "Sylhet", ("Zindabazar", "Ambarkhana", "Uposhohor", "Subid Bazar")),
    (5, "Khulna", "Khulna", ("Sonadanga", "Khalishpur", "Boyra", "Daulatpur")),
    (5, "Rajshahi", "Rajshahi", ("Shaheb Bazar", "Uposhohor", "Kazla", "Laxmipur")),
    (5, "Cumilla", "Cumilla", ("Kandirpar", "Jhautola", "Tomsom Bridge", "Bagichagaon")),
    (5, "Gazipur", "Gazipur", ("Tongi", "Joydebpur", "Konabari", "Board Bazar")),
    (4, "Narayanganj", "Narayanganj", ("Chashara", "Siddhirganj", "Fatullah")),
    (3, "Bogura", "Bogura", ("Satmatha", "Jaleshwaritola", "Banani")),
    (3, "Mymensingh", "Mymensingh", ("Ganginarpar", "Charpara", "Town Hall")),
    (3, "Rangpur", "Rangpur", ("Jahaj Company More", "Modern More", "Dhap")),
    (2, "Barishal", "Barishal", ("Rupatali", "Notullabad", "Sadar Road")),
    (2, "Jashore", "Jashore", ("Doratana", "Chachra", "Palbari")),
    (2, "Cox's Bazar", "Cox's Bazar", ("Kolatoli", "Laldighir Par")),
    (2, "Noakhali", "Maijdee", ("Sonapur", "Maijdee Court")),
    (2, "Feni", "Feni", ("Trunk Road", "Mohipal")),
    (1, "Tangail", "Tangail", ("Akur Takur Para", "Old Bus Stand")),
    (1, "Dinajpur", "Dinajpur", ("Modern More", "Balubari")),
    (1, "Kushtia", "Kushtia", ("NS Road", "Mojompur")),
    (1, "Brahmanbaria", "Brahmanbaria", ("Kautoli", "TA Road")),
    (1, "Chandpur", "Chandpur", ("Chitralekha More", "Natun Bazar")),
    (1, "Moulvibazar", "Sreemangal", ("Hobiganj Road", "College Road")),
    (1, "Pabna", "Pabna", ("Abdul Hamid Road", "Shalgaria")),
)  # fmt: skip


def person(random: Random, gender: str, *, community: str, bengali: bool) -> Name:
    """An adult's name."""
    given = random.choice(_GIVEN[community, gender])
    if community == "hindu":
        last = random.choice(_LAST["hindu", "both"])
    else:
        last = _surname(random, gender, given[0])
    script = 1 if bengali else 0
    first = given[script]
    if (community, gender) == ("muslim", "male") and " " not in first and random.random() < 0.18:
        first = f"{'মোঃ' if bengali else 'Md.'} {first}"
    return Name(first, last[script], gender, bengali, community)


def _surname(random: Random, gender: str, given: str) -> Spelling:
    fitting = _FITTING.get(given)
    if fitting is None and gender == "male":
        fitting = _FITTING.get("two words" if " " in given else given[-2:])
    if fitting is None:
        return random.choice([name for name in _LAST["muslim", gender] if name[0] != given])
    wanted = random.choice(fitting)
    return next(name for name in _LAST["muslim", gender] if name[0] == wanted)


def child(random: Random, gender: str, *, bengali: bool) -> str:
    """What a child is called at home."""
    return random.choice(_CHILDREN[gender])[1 if bengali else 0]


def place(random: Random) -> tuple[str, str, str]:
    """(district, city, address)."""
    _, district, city, areas = random.choices(_PLACES, [place[0] for place in _PLACES])[0]
    return district, city, f"House {random.randint(1, 98)}, Road {random.randint(1, 24)}, {random.choice(areas)}"


def phone(random: Random) -> str:
    """A mobile number as typed; operators by their shares. None ends as that of the story's first customer."""
    while True:
        operator = random.choices("735986", [40, 8, 4, 20, 22, 6])[0]
        number = f"01{operator}{random.randint(10_000_000, 99_999_999)}"
        if not number.endswith("5678"):
            return number
