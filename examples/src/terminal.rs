//! Plain text for a person at a terminal.

/// Columns of a terminal.
const WIDTH: usize = 118;

/// Prints a line. Whoever reads may have gone away (`| head`): then nothing more is said, and the work is not harmed.
#[macro_export]
macro_rules! say {
    ($($what:tt)*) => {{
        use std::io::Write;
        drop(writeln!(std::io::stdout(), $($what)*));
    }};
}

/// Prints a heading.
pub fn heading(text: &str) {
    say!("\n━━ {text} {}", "━".repeat(90usize.saturating_sub(text.len())));
}

/// Prints a text behind what begins its line.
pub fn wrapped(begin: &str, text: &str) {
    for line in broken(begin, text) {
        say!("{line}");
    }
}

/// A text behind what begins its line, broken between words; further lines begin below the text.
fn broken(begin: &str, text: &str) -> Vec<String> {
    let indent = begin.chars().count();
    let mut lines = Vec::new();
    let (mut line, mut width) = (begin.to_owned(), indent);
    for (place, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if place > 0 && width + 1 + length > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            width = indent;
        } else if place > 0 {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += length;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_fit_a_terminal_and_lose_no_word() {
        let text = "a credit note of 9.99 with £ and × in its words ".repeat(9);
        let lines = broken("    [finance] ", &text);
        assert!(lines.len() > 3 && lines.iter().all(|line| line.chars().count() <= WIDTH), "{lines:#?}");
        assert!(
            lines.iter().skip(1).all(|line| line.starts_with(&" ".repeat(14)) && !line.starts_with(&" ".repeat(15)))
        );
        let words: Vec<_> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
        assert_eq!(words.iter().skip(1).copied().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
        assert_eq!(broken("  begins: ", ""), ["  begins: "]);
    }
}
