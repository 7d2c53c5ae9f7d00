# unittest on the machine: passing, failing, assertRaises, subTest, setUp.
import io, unittest
class T(unittest.TestCase):
    def setUp(self): self.x = 1
    def test_ok(self): self.assertEqual(self.x, 1)
    def test_fail(self): self.assertEqual([1, 2], [1, 3])
    def test_error(self): 1 / 0
    def test_raises(self):
        with self.assertRaises(KeyError) as cm: {}["k"]
        self.assertEqual(cm.exception.args, ("k",))
        self.assertRaisesRegex(ValueError, "bad", int, "x") if False else None
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i): self.assertLess(i, 5)
    @unittest.skip("later")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
out = io.StringIO()
result = unittest.TextTestRunner(stream=out, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
import re
print(re.sub(r"in \d\.\d+s|[\d.]+s", "", out.getvalue()))
