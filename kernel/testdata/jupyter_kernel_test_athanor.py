"""jupyter_kernel_test for the kernel "athanor".

Needs a Python with jupyter_kernel_test >= 0.7 and the kernelspec installed (athanor install, or JUPYTER_PATH pointing at
one):   python kernel/testdata/jupyter_kernel_test_athanor.py
"""

import os
import unittest

import jupyter_kernel_test

NAME = os.environ.get("ATHANOR_KERNEL_NAME", "athanor")
DISPLAY = 'import "github.com/athanor-ml/athanor/display"\n'


class AthanorTests(jupyter_kernel_test.KernelTests):
    kernel_name = NAME
    language_name = "go"
    file_extension = ".go"
    code_hello_world = 'import "fmt"\nfmt.Println("hello, world")'
    code_stderr = 'import "os"\nos.Stderr.WriteString("test\\n")'
    completion_samples = [
        {"text": 'import "strings"\nstrings.ToUpperS', "matches": {"ToUpperSpecial"}},
    ]
    complete_code_samples = ["1", "x := 2", "func f(x int) int { return x }", "if true {\n}"]
    incomplete_code_samples = ["func f(x int) {", "x := `abc", "f(1,"]
    invalid_code_samples = ["x := 'abc", "func ) {"]
    code_page_something = "?len"
    code_generate_error = 'panic("boom")'
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[]int{1, 2, 3}", "result": "[1 2 3]"},
        {"code": "12345 * 2", "result": "24690"},
    ]
    code_display_data = [
        {"code": DISPLAY + 'display.Show(display.HTML("<b>x</b>"))', "mime": "text/html"},
        {"code": DISPLAY + 'display.Show(display.SVG("<svg/>"))', "mime": "image/svg+xml"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "len"
    code_clear_output = DISPLAY + "display.Clear(false)"


class AthanorWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = NAME
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
