"""How a careful clerk says a number, for the tests to read it back."""

ONES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SCALES = ((1_000_000_000, "tỷ"), (1_000_000, "triệu"), (1_000, "nghìn"))


def say_number(number: int) -> str:
    """The number in words, with the empty places named wherever leaving them out is unclear."""
    if number == 0:
        return ONES[0]
    said: list[str] = []
    rest, before = number, 0
    for scale, name in SCALES:
        count, rest = divmod(rest, scale)
        if count:
            said += [_below_thousand(count, full=bool(before)), name]
            before = scale
    if rest:
        if before >= 1_000_000:
            said.append("không nghìn")
        said.append(_below_thousand(rest, full=bool(before)))
    return " ".join(said)


def _below_thousand(number: int, full: bool) -> str:
    hundreds, rest = divmod(number, 100)
    tens, one = divmod(rest, 10)
    said = [ONES[hundreds], "trăm"] if hundreds or full else []
    if tens == 0 and one and said:
        said += ["linh", ONES[one]]
    elif tens == 0 and one:
        said += [ONES[one]]
    elif tens:
        said += ["mười"] if tens == 1 else [ONES[tens], "mươi"]
        if one:
            late = {5: "lăm", **({1: "mốt", 4: "tư"} if tens > 1 else {})}
            said.append(late.get(one, ONES[one]))
    return " ".join(said)
