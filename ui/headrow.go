package ui

// ends puts two keys at the ends of a screen's head, the first with its word and
// picture, at least so wide. Where there is no room for both the first shows its
// picture alone. What is left between them stays in head.
func ends(head *rect, first *key, word string, least float32, last *key, width float32) {
	first.say(word)
	w := first.width(least)
	if w+mm(gap)+width > head.w {
		first.say("")
		w = mm(target + 2)
	}
	head.left(w).put(first)
	head.left(mm(gap))
	head.right(min(head.w, width)).put(last)
	head.right(mm(gap))
}
