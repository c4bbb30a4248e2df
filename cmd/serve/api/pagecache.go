package api

import (
	"sync"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// maxCachedPages is how many bytes of pages are kept.
const maxCachedPages = 8 << 20

// pageCache keeps the pages of one catalogue: writing one takes up to 25 ms of a processor, and the catalogue says all that
// is on it. It is safe for concurrent use. One page is written at a time, so that requests for pages never take more than
// one processor.
type pageCache struct {
	mutex     sync.Mutex
	catalogue *perms.Catalogue
	pages     map[docsPage]call.Response
	bytes     int
}

// find returns a page of the catalogue, which is written if it is not kept. Its body must not be changed.
func (p *pageCache) find(catalogue *perms.Catalogue, page docsPage) (call.Response, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.catalogue != catalogue { // a catalogue never changes: another one is at another place
		p.catalogue, p.pages, p.bytes = catalogue, map[docsPage]call.Response{}, 0
	}
	if kept, found := p.pages[page]; found {
		return kept, nil
	}
	written, err := page.write(catalogue)
	if err == nil && p.bytes+len(written.Body) <= maxCachedPages {
		p.pages[page] = written
		p.bytes += len(written.Body)
	}
	return written, err
}
