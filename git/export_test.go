package git

// SpanForTest is a span with its role in words.
type SpanForTest struct {
	Role       string
	Start, End int
}

// SpansForTest returns the spans that account for the bytes of Raw.
func (o *Object) SpansForTest() []SpanForTest {
	var spans []SpanForTest
	for _, s := range o.spans {
		spans = append(spans, SpanForTest{[]string{"signed", "own", "other"}[s.role], s.start, s.end})
	}
	return spans
}

// MergetagHeadersForTest returns the raw mergetag headers.
func (o *Object) MergetagHeadersForTest() [][]byte {
	var headers [][]byte
	for _, s := range o.mergetags {
		headers = append(headers, o.Raw[s.start:s.end])
	}
	return headers
}

// CatFileForTest returns the process that answers reads, 0 where none runs.
func (r *Repository) CatFileForTest() (pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cat == nil {
		return 0
	}
	return r.cat.cmd.Process.Pid
}
