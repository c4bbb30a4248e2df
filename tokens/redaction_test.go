package tokens

import (
	"bytes"
	"database/sql/driver"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

type exported struct{ Token Token }

type exportedPointer struct{ Token *Token }

type unexported struct{ token Token }

type unexportedPointer struct{ token *Token }

type embedded struct{ Token }

type deep struct {
	inner map[string][]unexported
	any   any
}

// carriers are the ways in which a token may reach a printer.
func carriers(token Token) map[string]any {
	return map[string]any{
		"value":               token,
		"pointer":             &token,
		"exported field":      exported{token},
		"pointer to struct":   &exported{token},
		"exported pointer":    exportedPointer{&token},
		"unexported field":    unexported{token},
		"unexported in &":     &unexported{token},
		"unexported pointer":  unexportedPointer{&token},
		"embedded":            embedded{token},
		"slice":               []Token{token, {}},
		"slice of pointers":   []*Token{&token},
		"slice of unexported": []unexported{{token}},
		"array":               [1]Token{token},
		"map value":           map[string]Token{"token": token},
		"map key":             map[Token]string{token: "token"},
		"deep":                deep{map[string][]unexported{"a": {{token}}}, token},
		"interface slice":     []any{token, &token},
	}
}

// checkHidden fails when shown has half of the token, in any form that can be read back.
func checkHidden(t *testing.T, shown string, token Token) {
	t.Helper()
	text := token.Reveal()
	half := text[:len(text)/2]
	numbers := strings.Trim(fmt.Sprint([]byte(half)), "[]")
	forms := []string{half, text[len(text)/2:], hex.EncodeToString([]byte(half)), numbers,
		fmt.Sprintf("% x", half), strings.ReplaceAll(numbers, " ", ","), token.Digest().Hex()}
	for _, form := range forms {
		if strings.Contains(strings.ToLower(shown), strings.ToLower(form)) {
			t.Errorf("the token shows in %q", shown)
		}
	}
}

func TestTokenIsHiddenFromEveryVerb(t *testing.T) {
	t.Parallel()
	token := mustNew(t)
	for name, carrier := range carriers(token) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for verb := 'A'; verb <= 'z'; verb++ {
				for _, flags := range []string{"", "+", "#", " ", "-60", "060", ".50", "# ", "+#"} {
					checkHidden(t, fmt.Sprintf("%"+flags+string(verb), carrier), token)
				}
			}
			checkHidden(t, fmt.Sprint(carrier)+fmt.Sprintln(carrier), token)
			checkHidden(t, fmt.Errorf("using %v %+v %#v: %w", carrier, carrier, carrier, io.EOF).Error(), token)
		})
	}
}

func TestTokenSaysThatItIsRedacted(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]Token{"token": mustNew(t), "zero": {}} {
		for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "t", "8.2f"} {
			if got := fmt.Sprintf("%"+verb, token); got != "lk_[redacted]" {
				t.Errorf("%s with %%%s: got %q, want %q", name, verb, got, "lk_[redacted]")
			}
			if got := fmt.Sprintf("%"+verb, &token); got != "lk_[redacted]" {
				t.Errorf("pointer to %s with %%%s: got %q, want %q", name, verb, got, "lk_[redacted]")
			}
		}
		if got := token.String(); got != "lk_[redacted]" {
			t.Errorf("String of %s: got %q, want %q", name, got, "lk_[redacted]")
		}
	}
	if got, want := fmt.Sprintf("%v", exported{mustNew(t)}), "{lk_[redacted]}"; got != want {
		t.Errorf("in a struct: got %q, want %q", got, want)
	}
}

func TestTokenIsHiddenFromLogs(t *testing.T) {
	t.Parallel()
	token := mustNew(t)
	var log bytes.Buffer
	for name, carrier := range carriers(token) {
		for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			logger := slog.New(handler)
			logger.Info("made", "token", carrier, slog.Group("group", "token", carrier))
			logger.With("token", carrier).Info(name)
		}
	}
	checkHidden(t, log.String(), token)

	// A handler of another make sees the resolved value.
	if got := slog.AnyValue(token).Resolve(); got.Kind() != slog.KindString || got.String() != "lk_[redacted]" {
		t.Errorf("resolved: got %v, want %q", got, "lk_[redacted]")
	}
	log.Reset()
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "token", token)
	if want := `"token":"lk_[redacted]"`; !strings.Contains(log.String(), want) {
		t.Errorf("got %q, want it to hold %q", log.String(), want)
	}
}

func TestTokenIsHiddenFromEncoders(t *testing.T) {
	t.Parallel()
	token := mustNew(t)
	for name, carrier := range carriers(token) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			// Some of the carriers cannot be encoded, which hides them as well.
			checkHidden(t, fmt.Sprint(json.NewEncoder(&out).Encode(carrier)), token)
			checkHidden(t, fmt.Sprint(xml.NewEncoder(&out).Encode(carrier)), token)
			checkHidden(t, fmt.Sprint(gob.NewEncoder(&out).Encode(carrier)), token)
			value, err := driver.DefaultParameterConverter.ConvertValue(carrier)
			checkHidden(t, fmt.Sprint(value, err), token)
			checkHidden(t, out.String(), token)
		})
	}
}

func TestTokenInJSON(t *testing.T) {
	t.Parallel()
	token := mustNew(t)
	tests := []struct {
		name    string
		carrier any
		want    string
	}{
		{"value", token, `"lk_[redacted]"`},
		{"pointer", &token, `"lk_[redacted]"`},
		{"zero", Token{}, `"lk_[redacted]"`},
		{"field", exported{token}, `{"Token":"lk_[redacted]"}`},
		{"unexported field", unexported{token}, `{}`},
		{"map", map[string]Token{"a": token}, `{"a":"lk_[redacted]"}`},
		{"key", map[Token]int{token: 1}, `{"lk_[redacted]":1}`},
		{"slice", []Token{token}, `["lk_[redacted]"]`},
	}
	for _, test := range tests {
		got, err := json.Marshal(test.carrier)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %s and error %v, want %s", test.name, got, err, test.want)
		}
	}
	var back Token
	if err := json.Unmarshal([]byte(`"`+token.Reveal()+`"`), &back); err == nil || !back.IsZero() { //nolint:staticcheck // that nothing can be read into a token is what is tested
		t.Errorf("reading a token from JSON: got error %v, want one", err)
	} else {
		checkHidden(t, err.Error(), token)
	}
}

func TestTokenIsHiddenInErrors(t *testing.T) {
	t.Parallel()
	token := mustNew(t)
	inner := fmt.Errorf("sending %s: %w", token, io.ErrClosedPipe)
	outer := errors.Join(fmt.Errorf("saving %#v: %w", unexported{token}, inner), fmt.Errorf("%q %x", token, &token))
	if !errors.Is(outer, io.ErrClosedPipe) {
		t.Errorf("got %v, want it to wrap %v", outer, io.ErrClosedPipe)
	}
	checkHidden(t, fmt.Sprintf("%v %+v %#v %q", outer, outer, outer, outer), token)
	notAnError := "%w" // vet refuses the constant, and a mistake may hide it from vet
	checkHidden(t, fmt.Errorf(notAnError, token).Error(), token)
}
