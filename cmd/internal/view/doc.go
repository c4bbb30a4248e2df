// Package view is how commands look at what is live: by which permission, with what of it is staged, and in which cells.
package view
