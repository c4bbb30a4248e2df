package perms_test

import (
	"testing"

	"latchkey/perms"
)

func TestSingular(t *testing.T) {
	t.Parallel()
	for plural, want := range map[string]string{
		"orders": "order", "categories": "category", "addresses": "address", "order_statuses": "order_status", "tax_classes": "tax_class",
		"taxes": "tax", "branches": "branch", "dishes": "dish", "skus": "sku", "values": "value", "purchases": "purchase", "news_items": "news_item",
		"store": "store", "time": "time", "status": "status", "address": "address", "basis": "basis", "s": "s", "": "", "ies": "y",
	} {
		if got := perms.Singular(plural); got != want {
			t.Errorf("%q: got %q, want %q", plural, got, want)
		}
	}
}
