// Package draft is the commands about the draft of an operator: looking at it, saving it, giving it up.
package draft
