package call

import "sync"

const pieceSize = 4 << 10 // bytes

// pieces is a body while it is read, in parts that are used again: a body that is never ended leaves no garbage, and one
// that grows is not copied.
type pieces struct {
	list []*piece
	size int // bytes of the body
}

type piece [pieceSize]byte

var freePieces = sync.Pool{New: func() any { return new(piece) }}

func (p *pieces) isFull() bool { return p.size == len(p.list)*pieceSize }

func (p *pieces) grow() {
	p.list = append(p.list, freePieces.Get().(*piece)) //nolint:forcetypeassert,errcheck // nothing else is put there
}

// rest is where the next bytes go.
func (p *pieces) rest() []byte { return p.list[len(p.list)-1][p.size%pieceSize:] }

// join returns the body as one text, and frees the pieces.
func (p *pieces) join() []byte {
	body := make([]byte, 0, p.size)
	for _, next := range p.list {
		body = append(body, next[:min(pieceSize, p.size-len(body))]...)
	}
	p.free()
	return body
}

func (p *pieces) free() {
	for _, used := range p.list {
		freePieces.Put(used)
	}
	p.list = nil
}
