// A model of RANC's grid, written from its documentation: packets and memories outside, whole ticks inside.
`timescale 1ns / 1ps

module RANCNetworkGrid #(
    parameter GRID_DIMENSION_X = 2, GRID_DIMENSION_Y = 1, OUTPUT_CORE_X_COORDINATE = 1, OUTPUT_CORE_Y_COORDINATE = 0,
    parameter NUM_OUTPUTS = 256, NUM_NEURONS = 256, NUM_AXONS = 256, NUM_TICKS = 16, NUM_WEIGHTS = 4,
    parameter POTENTIAL_WIDTH = 9, WEIGHT_WIDTH = 9, LEAK_WIDTH = 9, THRESHOLD_WIDTH = 9,
    parameter DX_MSB = 29, DX_LSB = 21, DY_MSB = 20, DY_LSB = 12, MEMORY_FILEPATH = "./"
) (
    input clk, rst, tick, input_buffer_empty, input [DX_MSB:0] packet_in,
    output reg [$clog2(NUM_OUTPUTS)-1:0] packet_out, output reg packet_out_valid, ren_to_input_buffer,
    output reg token_controller_error, output scheduler_error
);
    localparam CORES = GRID_DIMENSION_X * GRID_DIMENSION_Y, SINK = OUTPUT_CORE_X_COORDINATE
        + OUTPUT_CORE_Y_COORDINATE * GRID_DIMENSION_X, D = $clog2(NUM_TICKS), A = $clog2(NUM_AXONS), MODE = DX_MSB + 1,
        FLOOR = MODE + 1, TOP = FLOOR + THRESHOLD_WIDTH, LEAK = TOP + THRESHOLD_WIDTH, WEIGHTS = LEAK + LEAK_WIDTH,
        RESET = WEIGHTS + NUM_WEIGHTS * WEIGHT_WIDTH, START = RESET + POTENTIAL_WIDTH, JOINED = START + POTENTIAL_WIDTH;
    reg [JOINED+NUM_AXONS-1:0] rows [0:CORES*NUM_NEURONS-1];
    reg [$clog2(NUM_WEIGHTS)-1:0] types [0:CORES*NUM_AXONS-1];
    reg [NUM_AXONS-1:0] slots [0:CORES*NUM_TICKS-1];
    reg [A-1:0] answers [0:65535];
    reg [8*200-1:0] name;
    reg [JOINED+NUM_AXONS-1:0] row;
    reg signed [POTENTIAL_WIDTH-1:0] v, back;
    reg signed [THRESHOLD_WIDTH-1:0] high, low;
    reg signed [WEIGHT_WIDTH-1:0] weight;
    reg signed [LEAK_WIDTH-1:0] leak;
    integer c, n, a, now = 0, said = 0, held = 0, busy = 0;
    assign scheduler_error = 0;

    initial begin
        packet_out_valid = 0; ren_to_input_buffer = 0; token_controller_error = 0;
        for (c = 0; c < CORES * NUM_TICKS; c = c + 1) slots[c] = 0;
        for (c = 0; c < CORES; c = c + 1) if (c != SINK) begin
            $sformat(name, "%0scsram_%03d.mem", MEMORY_FILEPATH, c);
            $readmemb(name, rows, c * NUM_NEURONS, c * NUM_NEURONS + NUM_NEURONS - 1);
            $sformat(name, "%0stc_%03d.mem", MEMORY_FILEPATH, c);
            $readmemb(name, types, c * NUM_AXONS, c * NUM_AXONS + NUM_AXONS - 1);
        end
    end

    task spike(input integer core, input integer axon, input integer when);
        if (core == SINK) begin answers[held] = axon; held = held + 1; end
        else slots[core * NUM_TICKS + when % NUM_TICKS][axon] = 1;
    endtask

    // A packet is asked for, and there half a clock later.
    always @(negedge clk) begin
        if (ren_to_input_buffer) begin
            spike(packet_in[DX_MSB:DX_LSB] + packet_in[DY_MSB:DY_LSB] * GRID_DIMENSION_X, packet_in[D +: A],
                  now + packet_in[0 +: D]);
            ren_to_input_buffer = 0;
        end else if (!input_buffer_empty) ren_to_input_buffer = 1;
        packet_out_valid = said < held;
        packet_out = answers[said];
        if (said < held) said = said + 1;
    end

    always @(posedge clk) begin
        if (busy) busy = busy - 1;
        if (tick) begin
            token_controller_error = busy != 0;
            busy = NUM_NEURONS * (NUM_AXONS + 2) + 3;
            for (c = 0; c < CORES; c = c + 1) if (c != SINK)
                for (n = 0; n < NUM_NEURONS; n = n + 1) update(c, n);
            for (c = 0; c < CORES; c = c + 1) slots[c * NUM_TICKS + now % NUM_TICKS] = 0;
            now = now + 1;
        end
    end

    task update(input integer core, input integer neuron);
        reg signed [31:0] dx, dy;
        begin
            row = rows[core * NUM_NEURONS + neuron];
            v = row[START +: POTENTIAL_WIDTH];
            for (a = 0; a < NUM_AXONS; a = a + 1)
                if (row[JOINED + a] && slots[core * NUM_TICKS + now % NUM_TICKS][a]) begin
                    weight = row[WEIGHTS + (NUM_WEIGHTS - 1 - types[core * NUM_AXONS + a]) * WEIGHT_WIDTH +: WEIGHT_WIDTH];
                    v = v + weight;
                end
            leak = row[LEAK +: LEAK_WIDTH];
            high = row[TOP +: THRESHOLD_WIDTH];
            low = row[FLOOR +: THRESHOLD_WIDTH];
            back = row[RESET +: POTENTIAL_WIDTH];
            v = v + leak;
            if (v >= high) begin
                v = row[MODE] ? v - high : back;
                dx = $signed(row[DX_MSB:DX_LSB]);
                dy = $signed(row[DY_MSB:DY_LSB]);
                spike(core + dx + dy * GRID_DIMENSION_X, row[D +: A], now + 1 + row[0 +: D]);
            end else if (v < low) v = row[MODE] ? v - low : -back;
            rows[core * NUM_NEURONS + neuron][START +: POTENTIAL_WIDTH] = v;
        end
    endtask
endmodule
