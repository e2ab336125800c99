import pytest

from ocr_crnn.reading.identifier_labels import REGISTRATION, VETO, bank_before, is_bank, label_after, label_before


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("주민등록번호: ", "rrn"), ("주 민 등 록 번 호  ", "rrn"), ("주인등록번호 ", "rrn"), ("외국인 등록번호", "foreigner"),
        ("사업자등록번호 ", "business"), ("법인등록번호\n", "corporate"), ("등록번호 ", REGISTRATION), ("주문번호 ", VETO),
        ("운송장 번호: ", VETO), ("카드번호 ", "card"), ("관리번호 ", VETO), ("여권번호(Passport No.) ", "passport"),
        ("운전면허번호 ", "licence"), ("허가번호 ", VETO), ("예금주 홍길동 ", "account"), ("TEL. ", "phone"), ("", None),
        ("가나다라 ", None), ("주문번호 1 주민등록번호 ", "rrn"), ("주문번호 123456 / ", None), ("추문번호 ", VETO),
        ("주민방 ", "rrn"), ("주민등특 ", "rrn"), ("주민센터 ", None), ("국대계소신고번p", "foreigner"), ("제주은헹 ", "account"),
        ("아권번호 ", "passport"), ("케좌번9 ", "account"), ("계타번호 ", "account"), ("계약번호 ", VETO),
        ("제품번호 ", VETO), ("Passport Xo. ", "passport"),
        ("주등록번호 ", "rrn"), ("체좌번호 ", "account"),
        ("법얀동록번호", "corporate"), ("주민등록번호 " + "가" * 21, None), ("주민등록번호\n\n", "rrn"), ("주민등록번호\n가\n", None),
        ("Paspart No: ", "passport"), ("PRassportNa : ", "passport"), ("Passpom No.:", "passport"),
        ("Passpo㎡ No ", "passport"), ("PaspoatN", "passport"), ("임금주좌 ", "account"),
    ],
)  # fmt: skip
def test_the_nearest_label_before(before, kind):
    label = label_before(before + "123", len(before))
    assert (label and label.kind) == kind


def test_the_header_of_a_cell_is_asked_last():
    assert label_before("900101-1234567", 0, "성명 주민등록번호").kind == "rrn"
    assert label_before("주문번호 1", 5, "주민등록번호").kind == VETO
    assert label_before("1", 0, "주민등록번호").distance == 0
    assert label_before("123456 ", 7, "주민등록번호") is None and label_before("12 ", 3, "주민등록번호").kind == "rrn"


def test_what_follows_an_account():
    text = "110-123-456789 (예금주 홍길동)"
    assert label_after(text, 14).kind == "account"
    assert label_after("110-123-456789 신한은행", 14).text == "신한은행"
    assert label_after("110-123-456789\n신한은행", 14) is None and label_after("", 0) is None


def test_short_names_of_banks_are_labels_directly_before_a_number():
    assert bank_before("국민: 110-123-456789", 4).text == "국민" and bank_before("110", 0, "총액\nKB국민").text == "KB국민"
    assert bank_before("국민 모두 110-123-456789", 6) is None and bank_before("대한국민 110", 5) is None and bank_before("", 0) is None


def test_a_holder_may_stand_between_a_bank_and_a_number_in_its_form():
    assert bank_before("국민 홍길동 123456-78-901234", 7, with_holder=True).text == "국민"
    assert bank_before("123456-78-901234", 0, "총액\n신한 김철수", True).kind == "account"
    assert bank_before("국민연금 110-123-456789", 5, with_holder=True) is None


def test_names_of_banks():
    assert all(map(is_bank, ("국민", "KB국민", "농협", "가온은행", "토스뱅크", "새마을금고")))
    assert not any(map(is_bank, ("국민연금", "은행", "홍길동", "", "국민 홍길동")))


def test_one_sign_of_the_name_of_a_bank_may_be_misread():
    assert label_before("카카오뱅Z 1779955712478", 6).kind == label_before("토스뱀크: 1779955712478", 6).kind == "account"
    for text in ("카카오톡 ", "케이크 ", "카카오뱅Z 지점 ", "토스페이 "):
        assert label_before(f"{text}1779955712478", len(text)) is None
