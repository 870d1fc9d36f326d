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
