"""What the shop sells."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

HONEY, GHEE, OIL, CHIA, DATES, GIFT_BOX = 456, 459, 462, 789, 471, 490


@dataclass(frozen=True, slots=True)
class Product:
    """``pack_days`` is how long a family takes to use one up; ``appeal`` how often it is bought."""

    id: int
    sku: str
    name: str
    category: str
    price: Decimal
    pack_days: int
    stock: int
    appeal: int


def _product(id_: int, sku: str, name: str, category: str, price: int, days: int, stock: int, appeal: int) -> Product:
    return Product(id_, sku, name, category, Decimal(price), days, stock, appeal)


PRODUCTS: tuple[Product, ...] = (
    _product(455, "HON-SUN-500", "Sundarban honey 500 g", "Honey", 750, 25, 140, 9),
    _product(HONEY, "HON-1000", "Honey 1 kg", "Honey", 1225, 40, 86, 14),
    _product(457, "HON-BLK-500", "কালোজিরা মধু ৫০০ গ্রাম", "Honey", 690, 25, 61, 7),
    _product(458, "HON-LIT-500", "Lychee honey 500 g", "Honey", 550, 25, 120, 6),
    _product(GHEE, "GHE-500", "Ghee 500 g", "Ghee and butter", 1450, 30, 74, 12),
    _product(460, "GHE-1000", "Ghee 1 kg", "Ghee and butter", 2800, 50, 33, 5),
    _product(461, "OIL-MUS-1", "Mustard oil 1 L", "Oil", 320, 15, 210, 9),
    _product(OIL, "OIL-MUS-5", "Mustard oil 5 L", "Oil", 1500, 30, 95, 12),
    _product(463, "OIL-COC-500", "Virgin coconut oil 500 ml", "Oil", 850, 45, 40, 4),
    _product(464, "OIL-BLK-200", "Kalojira oil 200 ml", "Oil", 620, 40, 55, 5),
    _product(465, "OIL-OLV-1", "Olive oil 1 L", "Oil", 1350, 45, 38, 3),
    _product(466, "SED-BLK-500", "কালোজিরা ৫০০ গ্রাম", "Seeds", 350, 45, 160, 7),
    _product(467, "SED-FLX-500", "Flax seed 500 g", "Seeds", 280, 40, 90, 3),
    _product(468, "SED-PUM-250", "Pumpkin seed 250 g", "Seeds", 420, 30, 70, 3),
    _product(469, "SED-TAL-250", "তালমাখনা ২৫০ গ্রাম", "Seeds", 390, 35, 45, 2),
    _product(470, "DAT-AJW-500", "Ajwa dates 500 g", "Dates and nuts", 1150, 25, 48, 4),
    _product(DATES, "DAT-1000", "Dates 1 kg", "Dates and nuts", 900, 30, 130, 8),
    _product(472, "DAT-MED-500", "Medjool dates 500 g", "Dates and nuts", 1250, 25, 36, 3),
    _product(473, "NUT-CAS-500", "Cashew nut 500 g", "Dates and nuts", 780, 30, 64, 4),
    _product(474, "NUT-ALM-500", "Almond 500 g", "Dates and nuts", 720, 30, 71, 5),
    _product(475, "NUT-MIX-500", "Honey nut 500 g", "Dates and nuts", 950, 30, 58, 7),
    _product(476, "RIC-CHI-5", "চিনিগুঁড়া চাল ৫ কেজি", "Rice and pulses", 780, 40, 85, 5),
    _product(477, "RIC-KAT-10", "Katarivog rice 10 kg", "Rice and pulses", 1250, 30, 52, 5),
    _product(478, "PUL-MUS-1", "দেশি মসুর ডাল ১ কেজি", "Rice and pulses", 180, 20, 240, 5),
    _product(479, "PUL-MUG-1", "Moog dal 1 kg", "Rice and pulses", 210, 25, 150, 3),
    _product(480, "SPI-TUR-250", "Turmeric powder 250 g", "Spices", 160, 40, 190, 5),
    _product(481, "SPI-CHL-250", "মরিচ গুঁড়া ২৫০ গ্রাম", "Spices", 190, 35, 175, 5),
    _product(482, "SPI-GAR-100", "Garam masala 100 g", "Spices", 220, 45, 110, 3),
    _product(483, "SPI-CUM-250", "জিরা ২৫০ গ্রাম", "Spices", 320, 45, 95, 3),
    _product(484, "SWT-GUR-1", "খেজুরের গুড় ১ কেজি", "Sweets", 480, 30, 66, 4),
    _product(485, "SWT-NOL-500", "Nolen gur 500 g", "Sweets", 350, 25, 40, 2),
    _product(486, "TEA-SRE-500", "Sreemangal tea 500 g", "Tea", 380, 30, 125, 5),
    _product(487, "TEA-TUL-100", "Tulsi tea 100 g", "Tea", 240, 30, 60, 2),
    _product(488, "PIC-MAN-400", "আমের আচার ৪০০ গ্রাম", "Pickles", 290, 35, 88, 4),
    _product(489, "PIC-OLV-400", "জলপাই আচার ৪০০ গ্রাম", "Pickles", 270, 35, 74, 2),
    _product(GIFT_BOX, "GFT-HON", "Honey gift box", "Gifts", 2200, 90, 25, 2),
    _product(491, "GFT-EID", "Eid family box", "Gifts", 4500, 90, 18, 1),
    _product(CHIA, "SED-CHI-500", "Chia seed", "Seeds", 650, 35, 115, 9),
)

BY_ID: Mapping[int, Product] = {product.id: product for product in PRODUCTS}
CATEGORIES: Mapping[str, int] = {
    name: number for number, name in enumerate(dict.fromkeys(product.category for product in PRODUCTS), 1)
}
FESTIVE = (DATES, 470, 472, 475, 459, 476, 484, 491)
"""What Ramadan and Eid are cooked and broken with."""
