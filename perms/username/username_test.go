package username

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("a", 255)
	tests := []struct {
		title, name, want string
	}{
		{"plain", "alice", "alice"},
		{"one letter", "a", "a"},
		{"all that is plain", "0.a_b@c+d-e9", "0.a_b@c+d-e9"},
		{"longest", longest, longest},
		{"capitals", "Alice", "alice"},
		{"longest in capitals", strings.ToUpper(longest), longest},
		{"other ASCII signs", "ci/build#1~x", "ci/build#1~x"},
		{"hyphen not at the beginning", "a-", "a-"},
		{"fullwidth letters", "Ａｌｉｃｅ", "alice"},
		{"longest from fullwidth letters", strings.Repeat("ａ", 255), longest},
		{"composed", "José", "josé"},
		{"decomposed", "Jose\u0301", "josé"},
		{"sharp s stays", "Straße", "straße"},
		{"final sigma is left as it is", "ς", "ς"},
		{"capital sigma", "ΣΣ", "σσ"},
		{"dotted capital I", "\u0130", "i\u0307"},
		{"Kelvin sign", "\u212a", "k"},
		{"Angstrom sign", "\u212b", "å"},
		{"halfwidth katakana", "ｶﾞ", "ガ"},
		{"Japanese", "山田たろう", "山田たろう"},
		{"Cyrillic", "Анна", "анна"},
		{"Hebrew", "דוד", "דוד"},
		{"Hebrew and a digit", "דוד1", "דוד1"},
		{"Devanagari", "सीता", "सीता"},
		{"Arabic digits", "علي١", "علي١"},
		{"digit before a letter beyond ASCII", "1é", "1é"},
		{"digit before a fullwidth letter", "1ａ", "1a"},
		{"sign after a letter beyond ASCII", "é_", "é_"},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			got, err := Canonical(test.name)
			if err != nil || got != test.want {
				t.Errorf("got %q and error %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		title, name, says string
	}{
		{"empty", "", "empty"},
		{"too long", strings.Repeat("a", 256), "longer than 255 bytes"},
		{"too long in letters beyond ASCII", strings.Repeat("é", 128), "longer than 255 bytes"},
		{"far too long", strings.Repeat("Ａ", 1000), "longer than 255 bytes"},
		{"leading hyphen", "-f", `"-f" begins with '-'`},
		{"leading fullwidth hyphen", "－f", "begins with '-'"},
		{"colon", "a:b", "':'"},
		{"fullwidth colon", "a：b", "':'"},
		{"space", "a b", "a space"},
		{"no-break space", "a\u00a0b", "a space"},
		{"ideographic space", "a\u3000b", "a space"},
		{"newline", "a\nb", `"a\nb" has a space or another character`},
		{"tab", "a\tb", "another character"},
		{"zero byte", "a\x00b", "another character"},
		{"escape", "a\x1b[31m", `"a\x1b[31m"`},
		{"delete", "a\x7f", "another character"},
		{"C1 control", "a\u009b", "another character"},
		{"invalid UTF-8", "a\xff", "not valid UTF-8"},
		{"surrogate in UTF-8", "a\xed\xa0\x80", "not valid UTF-8"},
		{"replacement character", "a\ufffd", "another character"},
		{"zero-width space", "a\u200bb", "another character"},
		{"zero-width non-joiner", "a\u200cb", "another character"},
		{"zero-width joiner where PRECIS allows it", "क\u094d\u200dष", "invisible character U+200D"},
		{"zero-width non-joiner where PRECIS allows it", "क\u094d\u200cष", "invisible character U+200C"},
		{"byte order mark", "\ufeffa", "another character"},
		{"soft hyphen", "a\u00adb", "another character"},
		{"right-to-left override", "a\u202eb", `"a\u202eb"`},
		{"isolate", "a\u2066b", "another character"},
		{"variation selector", "a\ufe0f", "another character"},
		{"tag", "a\U000e0041", "another character"},
		{"Hangul filler", "a\u3164", "another character"},
		{"emoji", "a😀", "another character"},
		{"ligature", "ﬁ", "another character"},
		{"superscript", "x²", "another character"},
		{"private use", "a\ue000", "another character"},
		{"unassigned", "a\u0378", "another character"},
		{"Hebrew and Latin", "דודa", "from the right and from the left"},
		{"Hebrew after a digit", "1דוד", "from the right and from the left"},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			got, err := Canonical(test.name)
			if !errors.Is(err, ErrUnusable) || got != "" {
				t.Fatalf("got %q and error %v, want %v", got, err, ErrUnusable)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("got error %q, want it to say %q", err, test.says)
			}
		})
	}
}

// TestNewNames: what cannot be found by a path is no new name, whatever width or case it is given in.
func TestNewNames(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"team/ci": "has a slash", "/": "has a slash", "ci/": "has a slash", "team／ci": "has a slash", `team\ann`: "has a slash", "team＼ann": "has a slash",
		".": "no name is '.'", "..": "no name is '.'", "．．": "no name is '.'", "count": "'count'", "Count": "'count'",
		"ann.json": "ends in .json", "ANN.Xml": "ends in .json", ".xml": "ends in .json",
	} {
		canonical, err := Canonical(name)
		if err != nil {
			t.Errorf("%q: got %v: those who have the name are not found", name, err)
			continue
		}
		if err := CheckNew(canonical); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %v, and %q in it", name, err, ErrUnusable, says)
		}
	}
	for _, name := range []string{"alice", "ci.example", "...", "a..b", "counts", "json", "ann.jsonx", "ci#1~x", "50%2f", "ann;x", "?", "山田"} {
		if err := CheckNew(name); err != nil {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestLookAlike(t *testing.T) {
	t.Parallel()
	tests := []struct {
		title, name string
		want        bool
	}{
		{"empty", "", false},
		{"Latin", "alice.smith+ci@example-1", false},
		{"Latin with marks", "josé", false},
		{"decomposed mark", "jose\u0301", false},
		{"no letters", "12_34", false},
		{"Cyrillic", "анна", false},
		{"Greek", "ελένη", false},
		{"Cyrillic a in Latin", "\u0430lice", true},
		{"Greek o in Latin", "b\u03bfb", true},
		{"Cyrillic with Greek", "ан\u03bd", true},
		{"Cherokee in Latin", "\u13a0b", true},
		{"Thai digit with Latin", "a\u0e51", true},
		{"Japanese", "山田たろうカナ", false},
		{"Japanese long vowel", "ラーメン", false},
		{"Japanese with Latin", "yamada太郎", false},
		{"Korean", "金철수", false},
		{"Korean with Latin", "kim철수", false},
		{"Chinese with Bopomofo", "王ㄅ", false},
		{"Korean with Japanese", "철수たろう", true},
		{"Japanese with Cyrillic", "山аたろう", true},
		{"Han with Greek", "山α", true},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			if got := LookAlike(test.name); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestPlainNamesAllocateNothing(t *testing.T) {
	name := "alice.smith+ci@example-1"
	got := testing.AllocsPerRun(100, func() {
		if _, err := Canonical(name); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

// Requests map names at the same time; with -race this finds out whether PRECIS keeps state.
func TestCanonicalAtOnce(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 200 {
				if got, err := Canonical("ＪOSE\u0301"); err != nil || got != "josé" {
					t.Errorf("got %q and error %v, want %q", got, err, "josé")
				}
			}
		})
	}
	group.Wait()
}

// Every character of the planes that have any which could be let in, alone and between letters. Plane 14 is that of
// the tags and variation selectors.
func TestCanonicalOfEveryCharacter(t *testing.T) {
	t.Parallel()
	for _, span := range [][2]rune{{0, 0x34000}, {0xe0000, 0xe0200}} {
		for c := span[0]; c < span[1]; c++ {
			checkCanonical(t, string(c))
			checkCanonical(t, "a"+string(c)+"a")
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, name := range []string{"alice", "Alice", "ＪOSE\u0301", "-a", "a:b", "a：b", "דוד1", "क\u094d\u200dष", "ΑΣ", "İ",
		"a\u202eb", "a\xff", strings.Repeat("ａ", 255), "\u1100\u1161\u11a8", "\u0344\u0308", "l·l", "がｶﾞ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		checkCanonical(t, name)
		LookAlike(name)
	})
}

// checkCanonical checks what holds for every name.
func checkCanonical(t *testing.T, name string) {
	t.Helper()
	got, err := Canonical(name)
	mapped, mappedErr := mapName(name)
	if got != mapped || (err == nil) != (mappedErr == nil) {
		t.Fatalf("%q: got %q and error %v by the fast path, want %q and %v", name, got, err, mapped, mappedErr)
	}
	if err != nil {
		if !errors.Is(err, ErrUnusable) || got != "" {
			t.Fatalf("%q: got %q and error %v, want %v", name, got, err, ErrUnusable)
		}
		if at := strings.IndexFunc(err.Error(), unprintable); at >= 0 {
			t.Fatalf("%q: the error %q has an unprintable character at byte %d", name, err, at)
		}
		return
	}
	if again, err := Canonical(got); err != nil || again != got {
		t.Fatalf("%q: got %q and error %v of its canonical form, want %q", name, again, err, got)
	}
	if got == "" || len(got) > maxNameLen || got[0] == '-' || !utf8.ValidString(got) {
		t.Fatalf("%q: got %q, which is empty, too long, like a flag or not UTF-8", name, got)
	}
	if at := strings.IndexFunc(got, unprintable); at >= 0 || strings.Contains(got, ":") {
		t.Fatalf("%q: got %q, which has a ':' or an unprintable character", name, got)
	}
}

// unprintable is told by other tables than the code's, and by the ranges that matter most spelled out.
func unprintable(c rune) bool {
	return !unicode.IsPrint(c) ||
		c >= 0x200b && c <= 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x2060 && c <= 0x206f || c == 0xfeff
}

func BenchmarkCanonical(b *testing.B) {
	for title, name := range map[string]string{"plain": "alice.smith", "capitals": "Alice.Smith", "beyond ASCII": "josé"} {
		b.Run(title, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Canonical(name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestPattern(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ci-*": "ci-*", "-?": "-?", "CI*": "ci*", "E\u0301lan*": "\u00e9lan*", "": "", "caf\xe9": "", strings.Repeat("x", 1025): "",
	} {
		got, err := Pattern(text)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrUnusable) {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
