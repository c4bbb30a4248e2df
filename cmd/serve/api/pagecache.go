package api

import (
	"sync"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// maxCachedPages is how many bytes of pages are kept.
const maxCachedPages = 8 << 20

// pageCache keeps the pages of one catalogue: a page takes up to 25 ms of a processor to write, and depends on the catalogue
// alone. One page is written at a time, so that requests for pages never use more than one processor. It is safe for
// concurrent use.
type pageCache struct {
	mutex     sync.Mutex
	catalogue *perms.Catalogue
	pages     map[docsPage]call.Response
	bytes     int // of all pages
}

// find returns a page of the catalogue, and writes it if it is not in the cache. Its body must not be changed.
func (p *pageCache) find(catalogue *perms.Catalogue, page docsPage) (call.Response, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.catalogue != catalogue { // catalogues never change: another one has another address
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
