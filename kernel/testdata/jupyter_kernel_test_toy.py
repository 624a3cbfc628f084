"""jupyter_kernel_test for the toy kernel of kernel/clients_test.go, whose language is that of kerneltest.Toy."""

import unittest

import jupyter_kernel_test


class ToyTests(jupyter_kernel_test.KernelTests):
    kernel_name = "toy"
    language_name = "go"
    file_extension = ".go"
    code_hello_world = "print hello, world"
    code_stderr = "eprint test"
    completion_samples = [{"text": "pr", "matches": {"print"}}, {"text": "zz", "matches": set()}]
    complete_code_samples = ["1"]
    incomplete_code_samples = ["f(1"]
    invalid_code_samples = ["]"]
    code_page_something = "?print"
    code_generate_error = "fail E x"
    code_execute_result = [{"code": "1+2+3", "result": "6"}, {"code": "12*2", "result": "24"}]
    code_display_data = [{"code": "show text/html <b>", "mime": "text/html"}]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "print"
    code_clear_output = "clear"


class ToyWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "toy"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
