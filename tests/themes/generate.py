"""Random sheets and trees. Everything comes from one seed, so a failure can be had again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

TYPES = ("panel", "knob", "words", "card")
"""Names of which browsers know none, so that no style of their own mixes in."""
CLASSES = ("a", "b", "c")
NAMES = ("one", "two")
CUSTOMS = tuple(f"--{letter}" for letter in "uvwxyz")
PARTS = ("icon", "text")
COLORS = ("red", "#1a56c4", "#0f08", "teal", "transparent", "currentcolor", "rgb(10 200 30 / 40%)", "rebeccapurple")
SPACES = ("srgb", "oklch", "oklab", "hsl", "hwb", "lch", "lab", "srgb-linear", "display-p3", "xyz")


@dataclass
class Node:
    type: str
    name: str = ""
    classes: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    shadow: list[Node] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        own = {name: getattr(self, name) for name in ("type", "name", "classes", "attributes", "parts")}
        inner = {name: [node.as_dict() for node in getattr(self, name)] for name in ("children", "shadow")}
        return {**own, **inner}


class Generator:
    """One random case after the other."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    # --- trees

    def tree(self, depth: int = 0) -> Node:
        r = self.random
        node = Node(self.some(*TYPES) if depth else "desktop")
        if self.chance(0.2):
            node.name = self.some(*NAMES)
        node.classes = r.sample(CLASSES, r.choice((0, 0, 1, 1, 2)))
        if self.chance(0.3):
            node.attributes["data-kind"] = self.some("menu", "side bar", "menu-item", "")
        if depth < 3:
            node.children = [self.tree(depth + 1) for _ in range(r.choice((0, 1, 2, 3) if depth else (2, 3)))]
        if depth and not node.children and self.chance(0.3):
            # Only elements with a custom name can have a shadow tree.
            node.type = "x-host"
            node.shadow = [Node("span", parts=[part]) for part in r.sample(PARTS, r.choice((1, 2)))]
        return node

    # --- selectors

    def compound(self, depth: int = 0) -> str:
        text = self.some(*TYPES, "x-host", "*", "", "", "")
        text += "".join(f".{name}" for name in self.random.sample(CLASSES, self.random.choice((0, 1, 1, 2))))
        if self.chance(0.1):
            text += f"#{self.some(*NAMES)}"
        if self.chance(0.15):
            text += self.some(
                "[data-kind]", "[data-kind=menu]", '[data-kind~="bar"]', "[data-kind|=menu]", '[data-kind^="side"]',
                "[data-kind$=item]", "[data-kind*=u]", '[data-kind="MENU" i]', '[data-kind=""]', "[ data-kind = 'menu' ]",
            )  # fmt: skip
        if self.chance(0.15):
            text += self.some(
                ":root", ":first-child", ":last-child", ":only-child", ":nth-child(2n+1)", ":nth-child(odd)",
                ":nth-last-child(2)", ":nth-child(-n+2)", ":first-of-type", ":nth-of-type(2)",
            )  # fmt: skip
        if depth < 2 and self.chance(0.2):
            inner = ", ".join(self.complex(depth + 1) for _ in range(self.random.choice((1, 2))))
            text += f":{self.some('is', 'where', 'not')}({inner})"
        return text or "*"

    def complex(self, depth: int = 0) -> str:
        text = self.compound(depth)
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            text += self.some(" ", " ", " > ", " + ", " ~ ", ">") + self.compound(depth)
        return text

    def selector(self) -> str:
        parts = []
        for _ in range(self.random.choice((1, 1, 1, 2))):
            text = self.complex()
            if self.chance(0.12):
                text += f"::part({self.some(*PARTS, 'icon text')})"
            if self.chance(0.02):
                text += self.some(":hovr", " >", "..x", "::nonsense", "[=a]")
            parts.append(text)
        return ", ".join(parts)

    # --- values

    def number(self) -> str:
        return self.some("0", "1", "2", "0.5", "-1", "3.25", "10", "1e1", "calc(1 + 2)", "calc(3 * (1 - 0.5))")

    def length(self, negative: bool = True, depth: int = 0) -> str:
        r = self.random
        if depth < 3 and self.chance(0.2):
            return self.math(lambda: self.length(True, depth + 1))
        if depth < 3 and self.chance(0.03):
            way = self.some("", "up, ", "down, ", "nearest, ", "to-zero, ")
            return f"round({way}{self.length(True, 3)}, {self.some('3px', '5px', '0.7px')})"
        units = ("px", "px", "px", "em", "rem", "pt", "mm", "cm", "in", "pc", "vw", "vh", "vmin", "vmax", "Q", "dvw")
        value = r.choice((0, 1, 2, 3, 5, 10, 12.5, 0.3, 40))
        if negative and self.chance(0.15):
            value = -value
        return f"{value}{r.choice(units)}" if self.chance(0.92) else "0"

    def length_percentage(self, negative: bool = True, depth: int = 0) -> str:
        if depth < 3 and self.chance(0.2):
            return self.math(lambda: self.length_percentage(True, depth + 1))
        return f"{self.random.choice((0, 5, 10, 50, 100))}%" if self.chance(0.3) else self.length(negative, depth)

    def math(self, one) -> str:  # type: ignore[no-untyped-def]
        form = self.some("sum", "sum", "product", "min", "max", "clamp", "abs", "nested")
        if form == "sum":
            return f"calc({one()} {self.some('+', '-')} {one()})"
        if form == "product":
            return f"calc({one()} {self.some('*', '/')} {self.some('2', '4', '0.5', '-1')})"
        if form == "abs":
            return f"abs({one()})"
        if form == "nested":
            return f"calc(2 * ({one()} + ({one()} - {one()}) * 3))"
        count = 3 if form == "clamp" else self.random.choice((1, 2, 3))
        return f"{form}({', '.join(one() for _ in range(count))})"

    def angle(self) -> str:
        return self.some("0deg", "45deg", "0.25turn", "100grad", "1rad", "-30deg", "calc(45deg * 2)", "400deg")

    def time(self) -> str:
        return self.some("0s", "120ms", "0.5s", "calc(1s + 200ms)", "2s")

    def channel(self, kind: str) -> str:
        return {
            "byte": self.some("0", "255", "128", "33.3", "50%", "none", "300", "-5", "calc(10 * 3)"),
            "percent": self.some("0%", "50%", "100%", "33%", "none", "calc(10% + 5%)"),
            "unit": self.some("0", "1", "0.5", "30%", "none", "1.2", "-0.1"),
            "hue": self.some("0", "120", "250deg", "0.5turn", "none", "-30", "400", "300"),
            "lab": self.some("0", "20", "-50", "40%", "none", "100"),
            "oklab": self.some("0", "0.1", "-0.2", "40%", "none", "0.4"),
            "chroma": self.some("0", "0.1", "0.3", "40%", "none"),
            "light": self.some("0%", "50%", "100%", "70%", "none", "120%", "-10%"),
            "alpha": self.some("", "", "", " / 0.5", " / 30%", " / none", " / 1", " / 0", " / 1.5"),
        }[kind]

    def color(self, depth: int = 0) -> str:
        kind = self.random.randrange(22 if depth < 2 else 10)
        if kind < 8:
            return self.some(*COLORS)
        if kind < 10:
            return self.some(
                "rgb(1, 2, 3)",
                "rgba(10%, 20%, 30%, 0.5)",
                "hsl(120, 50%, 50%)",
                "hsla(200,30%,40%,.25)",
                "#abc",
                "#abcd",
            )
        c = self.channel
        return (
            lambda: f"rgb({c('byte')} {c('byte')} {c('byte')}{c('alpha')})",
            lambda: f"hsl({c('hue')} {c('percent')} {c('percent')}{c('alpha')})",
            lambda: f"hwb({c('hue')} {c('percent')} {c('percent')}{c('alpha')})",
            lambda: f"oklch({c('light')} {c('chroma')} {c('hue')}{c('alpha')})",
            lambda: f"oklab({c('light')} {c('oklab')} {c('oklab')}{c('alpha')})",
            lambda: f"lch({c('light')} {c('lab')} {c('hue')}{c('alpha')})",
            lambda: f"lab({c('light')} {c('lab')} {c('lab')}{c('alpha')})",
            lambda: (
                f"color({self.some('srgb', 'display-p3', 'srgb-linear', 'xyz', 'a98-rgb', 'rec2020', 'prophoto-rgb')} {c('unit')} {c('unit')} {c('unit')}{c('alpha')})"
            ),
            lambda: self.mix(depth),
            lambda: self.mix(depth),
            lambda: self.relative(depth),
            lambda: f"light-dark({self.color(depth + 1)}, {self.color(depth + 1)})",
        )[kind - 10]()

    def mix(self, depth: int) -> str:
        space = self.some(*SPACES)
        polar = space in ("oklch", "hsl", "hwb", "lch")
        hue = self.some("", "", " longer hue", " shorter hue", " increasing hue", " decreasing hue") if polar else ""
        shares = [self.some("", "", " 30%", " 70%", " 100%", " 20%") for _ in range(2)]
        return f"color-mix(in {space}{hue}, {self.color(depth + 1)}{shares[0]}, {self.color(depth + 1)}{shares[1]})"

    def relative(self, depth: int) -> str:
        name = self.some("rgb", "hsl", "hwb", "oklch", "oklab", "lch", "lab")
        words = {
            "rgb": "rgb", "hsl": "hsl", "hwb": "hwb", "oklch": "lch", "oklab": "lab", "lch": "lch", "lab": "lab",
        }[name]  # fmt: skip
        polar = "h" in words
        # The hue of a grey is noise, and what is made of it differs with the last digit of a conversion.
        origin = (
            self.some("#1a56c4", "teal", "rgb(10 200 30 / 40%)", "oklch(0.6 0.2 120)")
            if polar
            else self.color(depth + 1)
        )
        parts = [self.some(word, word, f"calc({word} * 0.8)", f"calc({word} / 2 + {word})", "none") for word in words]
        return (
            f"{name}(from {origin} {' '.join(parts)}{self.some('', '', ' / 0.5', ' / calc(alpha * 0.5)', ' / alpha')})"
        )

    def gradient(self) -> str:
        def stop(place) -> str:  # type: ignore[no-untyped-def]
            return self.color(1) + self.some("", "", f" {place()}", f" {place()} {place()}")

        r = self.random
        method = self.some("", "", "", f"in {self.some('oklch', 'oklab', 'srgb', 'hsl longer hue')}")
        kind = self.some("linear", "radial", "conic")
        if kind == "linear":
            head = self.some("", "45deg", "to right", "to top left", "to bottom", "180deg", "0.5turn")
        elif kind == "radial":
            head = self.some(
                "",
                "circle",
                "ellipse",
                "circle at 10px 20%",
                "closest-side",
                "20px",
                "10px 30%",
                "at top left",
                "circle farthest-side at center",
            )
        else:
            head = self.some("", "from 45deg", "at 30% 40%", "from 0.25turn at left", "from 10deg at 5px 6px")
        place = (lambda: self.angle()) if kind == "conic" else self.length_percentage
        head = " ".join(filter(None, (head, method)))
        stops = [stop(place) for _ in range(r.choice((2, 2, 3)))]
        if self.chance(0.15):
            stops.insert(1, "30%")
        return f"{self.some('', 'repeating-')}{kind}-gradient({', '.join(filter(None, (head, *stops)))})"

    def image(self) -> str:
        return self.gradient() if self.chance(0.8) else "none"

    def shadow(self, text: bool = False) -> str:
        lengths = [self.length(depth=2), self.length(depth=2)]
        if self.chance(0.6):
            lengths.append(self.length(False, 3))
            if not text and self.chance(0.5):
                lengths.append(self.length(depth=2))
        parts = [" ".join(lengths)]
        if self.chance(0.8):
            parts.insert(self.random.choice((0, 1)), self.color(1))
        if not text and self.chance(0.2):
            parts.append("inset")
        return " ".join(parts)

    def listed(self, one, most: int = 3) -> str:  # type: ignore[no-untyped-def]
        return ", ".join(one() for _ in range(self.random.choice(range(1, most + 1))))

    def easing(self) -> str:
        return self.some(
            "ease", "linear", "ease-in-out", "cubic-bezier(0.1, 0.7, 1, 0.1)", "steps(4, jump-end)", "steps(2, start)",
            "step-start", "linear(0, 0.5 20%, 1)", "cubic-bezier(.2, -2, .8, 2)", "steps(3)", "steps(4, jump-none)",
        )  # fmt: skip

    def filters(self) -> str:
        return " ".join(
            self.some(
                f"blur({self.length(False, 3)})", "brightness(1.2)", "contrast(80%)", "grayscale()", "hue-rotate(90deg)",
                "opacity(50%)", "saturate(2)", "sepia(300%)", f"drop-shadow({self.shadow(True)})", "invert(0.2)",
            )
            for _ in range(self.random.choice((1, 2)))
        )  # fmt: skip

    def transform(self) -> str:
        return self.some(
            "translate(10px, 20%)", "rotate(45deg)", "scale(1.5) translate(3px)", "scaleX(2)", "translatey(1em)"
        )

    def line(self) -> str:
        parts = [
            self.some("thin", "2px", "medium", "0.4px", "1.7px", "0"),
            self.some("solid", "dashed", "none", "double"),
            self.color(1),
        ]
        self.random.shuffle(parts)
        return " ".join(parts[: self.random.choice((1, 2, 3, 3))])

    def four(self, one) -> str:  # type: ignore[no-untyped-def]
        return " ".join(one() for _ in range(self.random.choice((1, 2, 3, 4))))

    def declaration(self) -> tuple[str, str]:
        """A property and a value for it."""
        lp = self.length_percentage
        side = self.some("top", "right", "bottom", "left")
        corner = self.some("top-left", "top-right", "bottom-left", "bottom-right")
        choices = (
            ("color", self.color),
            ("color", self.color),
            ("background-color", self.color),
            (f"border-{side}-color", self.color),
            ("outline-color", self.color),
            ("border-color", lambda: self.four(lambda: self.color(1))),
            ("caret-color", lambda: self.some("auto", self.color())),
            ("accent-color", lambda: self.some("auto", self.color())),
            ("border", self.line),
            (f"border-{side}", self.line),
            ("outline", self.line),
            ("border-style", lambda: self.four(lambda: self.some("solid", "none", "dotted", "inset"))),
            ("border-width", lambda: self.four(lambda: self.some("thin", "1px", "0.5px", "3px", self.length(False, 3)))),
            ("border-radius", lambda: self.four(lambda: lp(False)) + self.some("", "", f" / {lp(False)}")),
            (f"border-{corner}-radius", lambda: lp(False) + self.some("", f" {lp(False)}")),
            (f"padding-{side}", lambda: lp(False)),
            ("padding", lambda: self.four(lambda: lp(False))),
            (f"margin-{side}", lambda: self.some("auto", lp())),
            ("margin", lambda: self.four(lambda: self.some("auto", lp()))),
            (self.some("width", "height"), lambda: self.some("auto", "min-content", lp(False), lp(False))),
            (self.some("min-width", "min-height"), lambda: self.some("fit-content", lp(False), lp(False))),
            (self.some("max-width", "max-height"), lambda: self.some("none", lp(False), lp(False))),
            ("gap", lambda: self.some("normal", lp(False), f"{lp(False)} {lp(False)}")),
            ("row-gap", lambda: lp(False)),
            ("opacity", lambda: self.some("0.5", "30%", "2", "-1", "calc(0.2 + 0.1)", "1")),
            ("font-size", lambda: self.some("12px", "1.5em", "120%", "larger", "smaller", "small", "xx-large", self.length(False), "calc(1em + 10%)")),
            ("font-weight", lambda: self.some("bold", "normal", "350", "bolder", "lighter", "900", "1001")),
            ("font-style", lambda: self.some("italic", "normal", "oblique")),
            ("font-family", lambda: self.some("Inter, sans-serif", '"Fira Code", monospace', "serif", "Some Font")),
            ("font", lambda: self.some("italic 600 14px/1.4 Inter, sans-serif", "12px serif", "bold 2em/120% Inter")),
            ("line-height", lambda: self.some("normal", "1.5", "20px", "120%", "2em", "0")),
            ("letter-spacing", lambda: self.some("normal", "1px", "0.1em", "-1px")),
            ("text-align", lambda: self.some("left", "center", "start", "end")),
            ("text-transform", lambda: self.some("uppercase", "none", "capitalize")),
            ("text-overflow", lambda: self.some("clip", "ellipsis")),
            ("visibility", lambda: self.some("hidden", "visible")),
            ("cursor", lambda: self.some("pointer", "auto", "grab")),
            ("color-scheme", lambda: self.some("light", "dark", "light dark", "normal", "only dark")),
            ("box-shadow", lambda: self.some("none", self.listed(self.shadow))),
            ("text-shadow", lambda: self.some("none", self.listed(lambda: self.shadow(True)))),
            ("filter", lambda: self.some("none", self.filters())),
            ("backdrop-filter", lambda: self.some("none", self.filters())),
            ("mix-blend-mode", lambda: self.some("multiply", "normal", "screen")),
            ("translate", lambda: self.some("none", "10px", f"{lp()} {lp()}")),
            ("rotate", lambda: self.some("none", self.angle())),
            ("scale", lambda: self.some("none", "2", "1.5 50%", "1 1")),
            ("z-index", lambda: self.some("auto", "3", "-1", "1.5", "calc(2.6)")),
            ("container-type", lambda: self.some("normal", "inline-size", "size")),
            ("container", lambda: self.some("box / size", "box", "none", "a b / inline-size")),
            ("background-image", lambda: self.listed(self.image)),
            ("background", lambda: self.some(self.color(), self.image(), f"{self.image()} no-repeat left top / 10px 20px, {self.color()}", f"{self.image()} padding-box content-box {self.color(1)}", "center / cover none")),
            ("background-position", lambda: self.some("left", "10px 20%", "top right", "center", "bottom", "25%")),
            ("background-size", lambda: self.some("cover", "auto", "10px", f"{lp(False)} auto", "50% 20px, contain")),
            ("background-repeat", lambda: self.some("no-repeat", "repeat-x", "round space", "repeat no-repeat")),
            ("background-clip", lambda: self.some("padding-box", "content-box, border-box")),
            ("background-origin", lambda: self.some("padding-box", "content-box")),
            ("border-image", lambda: self.some(f"{self.gradient()} 30 / 10px / 2px round", "none", f"{self.gradient()} 20% fill")),
            ("border-image-slice", lambda: self.some("10", "20% 30", "5 fill", "fill 1 2 3 4")),
            ("border-image-width", lambda: self.some("auto", "2", "10px 20%")),
            ("border-image-outset", lambda: self.some("2", "1px 2px")),
            ("border-image-repeat", lambda: self.some("stretch", "round space")),
            ("outline-offset", lambda: self.length(True, 3)),
            ("transition", lambda: self.some("none", "all 0.2s", f"opacity {self.time()} {self.easing()} {self.time()}, color 1s", "background-color 120ms ease-out, --x 1s")),
            ("transition-property", lambda: self.some("none", "color, opacity", "all")),
            ("transition-duration", lambda: self.listed(self.time)),
            ("transition-delay", lambda: self.some("-1s", self.time())),
            ("transition-timing-function", lambda: self.listed(self.easing)),
            ("animation", lambda: self.some("none", "spin 1s linear infinite", f"pulse {self.time()} {self.easing()} 2 alternate both", "a 1s, b 2s reverse paused")),
            ("animation-name", lambda: self.some("none", "spin", "a, b", '"quoted"')),
            ("animation-duration", lambda: self.listed(self.time)),
            ("animation-iteration-count", lambda: self.some("infinite", "2.5", "1, 3")),
            ("all", lambda: self.some("unset", "initial", "inherit", "revert-layer")),
        )  # fmt: skip
        name, make = self.random.choice(choices)
        return name, make()

    # --- sheets

    def value_for(self, name: str, value: str) -> str:
        if self.chance(0.05):
            return self.some("inherit", "initial", "unset", "revert-layer")
        if name == "all":
            # Chromium 156 takes what a var() in it stands for as a value of every property.
            return value
        if self.chance(0.02):
            return f"var({self.some(*CUSTOMS)}, {self.some('inherit', 'initial', 'unset', 'revert-layer')})"
        if self.chance(0.12):
            return self.some(
                f"var({self.some(*CUSTOMS)})",
                f"var({self.some(*CUSTOMS)}, {value})",
                f"var( {self.some(*CUSTOMS)} , var({self.some(*CUSTOMS)}, {value}))",
            )
        if self.chance(0.03):
            return self.some(
                "nonsense", "1px 2px 3px 4px 5px", "#12", "", "rgb(1 2)", "calc(1px + 1)", "var(x)", "-1px"
            )
        return value

    def custom(self) -> str:
        name = self.some(*CUSTOMS)
        value = self.random.choice(
            (
                lambda: self.declaration()[1],
                lambda: f"var({self.some(*CUSTOMS)})",
                lambda: f"var({self.some(*CUSTOMS)}, {self.color(1)})",
                lambda: f"calc(var({self.some(*CUSTOMS)}, 2px) + 1px)",
                lambda: self.color(1),
                lambda: self.length(),
                lambda: self.some("inherit", "initial", "unset", "", "revert-layer", "[a b]", "1px 2px"),
            )
        )()
        return f"{name}: {value}"

    def body(self, depth: int = 0) -> str:
        parts = []
        for _ in range(self.random.choice((1, 2, 3, 4))):
            important = self.some("", "", "", "", "", " !important", " ! IMPORTANT")
            if self.chance(0.2):
                parts.append(f"{self.custom()}{important};")
            elif depth < 2 and self.chance(0.1):
                prefix = self.some("&", "&", "> ", "& > ", "", "+ ")
                inner = self.compound(1)
                selector = f"{prefix}{inner if prefix != '&' or inner[0] in '.:#[' else ' ' + inner}"
                if self.chance(0.2):
                    selector = self.some("&", ":is(&, .b)", "& &", ".c &", "&.a, .b")
                parts.append(f"{selector} {{ {self.body(depth + 1)} }}")
            elif depth < 2 and self.chance(0.05):
                parts.append(f"@media {self.media()} {{ {self.body(depth + 1)} }}")
            elif self.chance(0.02):
                parts.append(self.some("foo;", "color red;", "@foo;", "a: b: c;", ";;"))
            else:
                name, value = self.declaration()
                parts.append(f"{name}: {self.value_for(name, value)}{important};")
        return " ".join(parts)

    def media(self) -> str:
        return self.some(
            "(width > 600px)", "(min-width: 40em)", "(400px <= width < 1000px)", "screen", "print", "not print", "not all and (width)",
            "(orientation: landscape)", "(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)", "(prefers-contrast: more)",
            "(width > 100px) and (height < 700px)", "(width > 5000px) or (height > 100px)", "not (width > 600px)", "(width), print",
            "((width > 100px) and (not (height > 5000px)))", "(min-aspect-ratio: 1/1)", "(nonsense: 3)", "(prefers-reduced-motion)",
            "not (nonsense)", "(max-width: calc(10em + 500px))", "(1000px > width)", "screen and (width >= 800px)", "only screen", "",
            "(prefers-reduced-transparency: reduce)", "(aspect-ratio > 1.2)", "(hover: hover)", "nonsense and", "(width > 1)", "(width = 800px)",
        )  # fmt: skip

    def rule(self) -> str:
        return f"{self.selector()} {{ {self.body()} }}"

    def statement(self, depth: int = 0) -> str:
        kind = self.random.random()
        inner = lambda: " ".join(self.statement(depth + 1) for _ in range(self.random.choice((1, 2))))  # noqa: E731
        if depth < 3 and kind < 0.1:
            return f"@media {self.media()} {{ {inner()} }}"
        if depth < 3 and kind < 0.25:
            name = self.some("", "one", "two", "one.inner", "three")
            return f"@layer {name} {{ {inner()} }}"
        if kind < 0.28:
            return f"@layer {self.some('one', 'two, one', 'three.deep, two')};"
        if kind < 0.33 and depth == 0:
            return self.property()
        if kind < 0.34:
            return self.some(
                "@nonsense x;", "@nonsense { a { color: red } }", "garbage;", "/* { */", "}", "<!--", "a { color: red; "
            )
        return self.rule()

    def property(self) -> str:
        syntax, initial = self.random.choice(
            (
                ("<length>", "3px"), ("<color>", "red"), ("<number>", "2"), ("<length-percentage>", "10%"), ("*", ""),
                ("<length>", "2em"), ("<color>", "oops"), ("small | large", "small"), ("<integer>", "4"), ("<length>+", "1px 2px"), ("<color>#", "red, blue"), ("<angle>", "30deg"), ("<time>", "1s"),
            )
        )  # fmt: skip
        start = f"initial-value: {initial};" if initial else ""
        return (
            f'@property {self.some(*CUSTOMS)} {{ syntax: "{syntax}"; inherits: {self.some("true", "false")}; {start} }}'
        )

    def sheet(self, statements: int = 12) -> str:
        return "\n".join(self.statement() for _ in range(statements))


class Newer(Generator):
    """Sheets with what came later to the language: beginnings and ends instead of sides, and ``@supports``."""

    def declaration(self) -> tuple[str, str]:
        lp = self.length_percentage
        axis, end = self.some("block", "inline"), self.some("block-start", "block-end", "inline-start", "inline-end")
        box, part = self.some("margin", "padding"), self.some("width", "style", "color")
        value = {
            "width": lambda: self.some("thin", "2px", "0.4px"),
            "style": lambda: self.some("solid", "none", "dotted"),
            "color": lambda: self.color(1),
        }[part]
        choices = (
            ("direction", lambda: self.some("rtl", "rtl", "ltr")),
            (f"{box}-{end}", lambda: lp(False)),
            (f"{box}-{axis}", lambda: lp(False) + self.some("", f" {lp(False)}")),
            (f"border-{end}-{part}", value),
            (f"border-{axis}-{part}", lambda: value() + self.some("", f" {value()}")),
            (f"border-{self.some(axis, end)}", self.line),
            (f"border-{self.some('start', 'end')}-{self.some('start', 'end')}-radius", lambda: lp(False)),
            (f"{self.some('', 'min-', 'max-')}{axis}-size", lambda: lp(False)),
            (f"{box}-{self.some('left', 'right', 'top')}", lambda: lp(False)),
            (f"border-{self.some('left', 'right')}-{part}", value),
            (f"border-{self.some('top-left', 'top-right')}-radius", lambda: lp(False)),
            (box, lambda: lp(False)),
        )
        name, make = self.random.choice(choices)
        return (name, make()) if self.chance(0.85) else super().declaration()

    def condition(self, depth: int = 0) -> str:
        kind = self.random.random()
        if depth < 2 and kind < 0.15:
            return f"(not {self.condition(depth + 1)})"
        if depth < 2 and kind < 0.35:
            return f"({self.condition(depth + 1)} {self.some('and', 'or')} {self.condition(depth + 1)})"
        if kind < 0.5:
            text = self.some(self.complex(1), "a > b", "a::part(x)", ":nonsense", "a >> b", "a, b", "..x", "&", "")
            return f"selector({text})"
        if kind < 0.6:
            return self.some("(nonsense)", "nonsense(1)", "(nonsense: 1)", "()", "(color)", "(: red)", "(a b)")
        name, value = Generator.declaration(self)
        wrong = self.some("", "", f" {value} oops")
        return f"({name}: {self.value_for(name, value)}{wrong}{self.some('', '', ' !important')})"

    def statement(self, depth: int = 0) -> str:
        if depth < 3 and self.chance(0.25):
            prefix = self.some("", "", "not ")
            rest = f" {self.some('and', 'or')} {self.condition()}" if not prefix and self.chance(0.3) else ""
            inner = " ".join(self.statement(depth + 1) for _ in range(self.random.choice((1, 2))))
            return f"@supports {prefix}{self.condition()}{rest} {{ {inner} }}"
        return super().statement(depth)


class Relational(Generator):
    """Sheets that ask what is inside of elements: ``:has()``."""

    def argument(self) -> str:
        inner = self.complex(2)
        if self.chance(0.15):
            inner += f":{self.some('is', 'not', 'where')}({self.complex(2)}, {self.complex(2)})"
        return self.some("", "", "> ", ">", "+ ", "~ ", "~") + inner

    def has(self) -> str:
        wrong = self.some("", "::part(icon)", ":has(.a)", ":is(:has(.a), .b)", ", ", " >") if self.chance(0.1) else ""
        return f":has({', '.join(self.argument() for _ in range(self.random.choice((1, 1, 2))))}{wrong})"

    def compound(self, depth: int = 0) -> str:
        if self.chance(0.5):
            return super().compound(2)
        text = self.some(*TYPES, "*", "", "", ".a", ".b", ":not(.a)", ":first-child", ":root")
        if depth < 2 and self.chance(0.6):
            form = self.some("%", "%", "%", ":not(%)", ":is(%, .b)", ":where(%)", ":not(.c%)", "%:not(%)")
            text += form.replace("%", self.has())
        return text or "*"

    def declaration(self) -> tuple[str, str]:
        name = self.some("color", "opacity", "z-index", "text-align", "padding-left", "border-top-left-radius")
        values = {"color": ("red", "blue", "teal"), "text-align": ("center", "left", "right")}
        return name, self.some(*values.get(name, ("0", "1", "0.5", "3px", "7px")))
