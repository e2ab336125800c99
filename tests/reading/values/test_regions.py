"""The table of regions is whole and agrees with itself."""

from ocr_crnn.reading.values.regions import CITIES, DISTRICTS, SHORT


def test_every_name_leads_to_a_province_and_every_divided_city_is_one_of_a_province():
    cities = [city for names in CITIES.values() for city in names]
    assert set(SHORT.values()) <= set(CITIES) and len(CITIES) == 17
    assert set(DISTRICTS) <= set(cities)
    assert sum(city.endswith("구") for city in cities) == 69  # self-governing districts
    assert sum(city.endswith("군") for city in cities) == 82
    assert sum(city.endswith("시") for city in cities) == 77  # 75 cities, and the two of Jeju
