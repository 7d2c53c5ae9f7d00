# traceback: format_exc, extract_tb, tb_frame, tb_lineno, walk_stack, print_exc, print_stack.
import sys, traceback
def inner(n):
    here = n
    return 1 / n
def outer():
    try: inner(0)
    except ZeroDivisionError as e:
        tb = e.__traceback__
        print([(s.name, s.lineno, s.line) for s in traceback.extract_tb(tb)])
        print(tb.tb_frame.f_code.co_name, tb.tb_next.tb_frame.f_locals, tb.tb_next.tb_lineno, tb.tb_next.tb_next)
        print(tb.tb_frame is sys._getframe(), tb.tb_next.tb_frame.f_back is sys._getframe())
        print(traceback.format_exc())
        traceback.print_exc()
        return "".join(traceback.format_exception_only(type(e), e))
print(outer())
print([s.name for s in traceback.extract_stack()])
def st(): return [f.f_code.co_name for f, _ in traceback.walk_stack(None)]
print(st()[:2], [s.name for s in traceback.extract_stack(limit=1)])
sys.stdout.flush()
traceback.print_stack()
