package tokens

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"
)

func revealed(found []Token) []string {
	var texts []string
	for _, token := range found {
		texts = append(texts, token.Reveal())
	}
	return texts
}

func TestFind(t *testing.T) {
	t.Parallel()
	a, b := mustNew(t).Reveal(), mustNew(t).Reveal()
	cut := a[:20]
	typo := a[:10] + map[bool]string{true: "1", false: "0"}[a[10] == '0'] + a[11:] // not in the prefix, which may have the same letter
	escaped := "lk%5F" + a[3:]
	basic := base64.StdEncoding.EncodeToString([]byte("ann:" + a))
	path := base64.RawURLEncoding.EncodeToString([]byte("\xfb\xff\xfeann:" + a))
	for name, test := range map[string]struct {
		text     string
		want     []string
		mistyped int
	}{
		"nothing":                {"", nil, 0},
		"no token":               {"leaked in src/main.go:12", nil, 0},
		"alone":                  {a, []string{a}, 0},
		"in a report":            {`{"secret":"` + a + `","file":"a.go"}`, []string{a}, 0},
		"in an address":          {"https://ci:" + a + "@host/ and TOKEN=" + b, []string{a, b}, 0},
		"behind an escaped line": {`\n` + a + `\n`, []string{a}, 0},
		"before letters":         {a + "xyz", []string{a}, 0},
		"side by side":           {a + b, []string{a, b}, 0},
		"twice":                  {a + " " + a, []string{a, a}, 0},
		"behind a cut one":       {cut + b, []string{b}, 1},
		"overlapping":            {a[:37] + b, []string{b}, 1},
		"cut off":                {a[:38], nil, 1},
		"blotted out":            {"lk_[redacted] lk_***", nil, 2},
		"mistyped":               {typo, nil, 1},
		"a bare beginning":       {"lk_", nil, 1},
		"not UTF-8":              {"\xff" + a + "\xff", []string{a}, 0},
		"percent-encoded":        {"https://host/?t=" + escaped + "&u=lk%5f" + b[3:], []string{a, b}, 0},
		"percent-encoded, cut":   {escaped[:30], nil, 1},
		"basic":                  {"Authorization: Basic " + basic + "\r", []string{a}, 0},
		"basic and plain":        {`{"h":"Basic ` + basic + `","t":"` + b + `"}`, []string{b, a}, 0},
		"basic, percent-encoded": {"Basic%20" + strings.ReplaceAll(basic, "=", "%3D"), []string{a}, 0},
		"base64, glued":          {"x/" + basic + " xy/" + basic + " xyz/" + basic, []string{a, a, a}, 0},
		"base64, no padding":     {strings.TrimRight(basic, "="), []string{a}, 0},
		"base64, URL alphabet":   {"/-_x/" + path, []string{a}, 0},
		"base64 of an escaped":   {base64.StdEncoding.EncodeToString([]byte("u=ann:" + escaped)), []string{a}, 0},
		"base64 of a token":      {base64.StdEncoding.EncodeToString([]byte(a)), []string{a}, 0},
		"base64, before bytes":   {base64.StdEncoding.EncodeToString([]byte(a + "\xff\xff")), []string{a}, 0},
		"basic, cut off":         {basic[:50], nil, 1},
		"basic, mistyped":        {base64.StdEncoding.EncodeToString([]byte("ann:" + typo)), nil, 1},
		"no text in base64":      {base64.StdEncoding.EncodeToString([]byte("\x00\xfflk_\x01" + strings.Repeat("\xff", 40))), nil, 0},
	} {
		found, mistyped := Find(test.text)
		if got := revealed(found); !slices.Equal(got, test.want) || mistyped != test.mistyped {
			t.Errorf("%s: got %d tokens and %d mistyped, want %d and %d", name, len(got), mistyped, len(test.want), test.mistyped)
		}
	}
}

// FuzzFind: what is put into any text is found, unless what stands before it makes a token of its own.
func FuzzFind(f *testing.F) {
	f.Add("token=", "\n")
	f.Add("lk_", "lk_")
	f.Add("lk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x")
	f.Add("Basic%20", "=")
	f.Add("/+-_", "%5F")
	f.Fuzz(func(t *testing.T, before, after string) {
		token := mustNew(t).Reveal()
		found, _ := Find(before)
		with, _ := Find(before + token + after)
		if !slices.Contains(revealed(with), token) {
			t.Errorf("a token in a text was not found")
		}
		encoded, _ := Find(before + base64.StdEncoding.EncodeToString([]byte("ann:"+token)) + after)
		if !slices.Contains(revealed(encoded), token) {
			t.Errorf("a token in base64 was not found")
		}
		if len(with) < len(found) {
			t.Errorf("got %d tokens, want at least the %d before", len(with), len(found))
		}
		for _, text := range revealed(found) {
			// In base64 a token stands there in other characters.
			if !strings.Contains(unescape.Replace(before), text) && len(before) < base64.RawStdEncoding.EncodedLen(textLen) {
				t.Error("found a token that is not there")
			}
		}
	})
}

// TestFindIsLinear: the longest report is read, however it is made up to take long.
func TestFindIsLinear(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for _, piece := range []string{"lk_", "lk%5F", "A", "A ", strings.Repeat("b", 40) + " ", base64.StdEncoding.EncodeToString([]byte(":lk_:lk_:lk_"))} {
		begun := time.Now()
		Find(strings.Repeat(piece, size/len(piece)))
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("got %s for %d bytes of %q", took, size, piece)
		}
	}
}

func TestParseFingerprint(t *testing.T) {
	t.Parallel()
	digest := DigestOf("any")
	for text, want := range map[string]string{
		digest.Fingerprint(): digest.Fingerprint(), strings.ToUpper(digest.Fingerprint()): digest.Fingerprint(),
		"": "", "0123456789a": "", "0123456789abc": "", "0123456789ag": "", "0123456789é": "", digest.Hex(): "",
	} {
		if got, ok := ParseFingerprint(text); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t, want %q", text, got, ok, want)
		}
	}
}
