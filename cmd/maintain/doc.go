// Package maintain is the commands that look after the files: init, backup, restore and doctor.
package maintain
